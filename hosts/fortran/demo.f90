! demo talk PORT TLS_PORT TRUSTED.pem   talks with a server of each kind
! demo serve CERTIFICATE.pem            prints its two ports and serves one client of each kind
! demo mistakes PORT                    what goes wrong first, and what the answer is
program demo
  use wdsockets
  implicit none

  select case (argument(1))
  case ("talk")
    call talk(number(argument(2)), number(argument(3)), argument(4))
    call threads(number(argument(2)))
    call leave_with_a_reader(number(argument(2)))
  case ("serve")
    call serve(argument(2))
  case ("mistakes")
    call mistakes(number(argument(2)))
  case default
    stop 2
  end select

contains

  function argument(rank) result(text)
    integer, intent(in) :: rank
    character(:), allocatable :: text
    character(1024) :: buffer
    call get_command_argument(rank, buffer)
    text = trim(buffer)
  end function argument

  function number(text) result(value)
    character(*), intent(in) :: text
    integer(c_int32_t) :: value
    read (text, *) value
  end function number

  subroutine talk(port, secure_port, trusted)
    integer(c_int32_t), intent(in) :: port, secure_port
    character(*), intent(in) :: trusted
    call must(SocketConnect(c_text("clear"), port, c_text("127.0.0.1"), 20000))
    print '(a)', "client: "//answer_to("clear")
    call must(SocketSetText(c_text("secure"), SSLCaFile, c_text(trusted)))
    call must(SocketConnectSSL(c_text("secure"), secure_port, c_text("localhost"), 0, 20000))
    print '(a)', "TLS: "//ssl_info("secure", SSLProtocol)//" "//answer_to("secure")
    ! One that does not know who signed the certificate.
    if (SocketConnectSSL(c_text("stranger"), secure_port, c_text("localhost"), 0, 20000) == 0) then
      print '(a,i0,a)', "not trusted: ", SocketErrorCode(), " "//error_text()
    end if
  end subroutine talk

  function answer_to(name) result(message)
    character(*), intent(in) :: name
    character(:), allocatable :: message
    call must(write_message(name, "Zoë"))
    if (counted(read_message(name, .false., 20000, message)) == 0) stop 1
  end function answer_to

  subroutine serve(certificate)
    character(*), intent(in) :: certificate
    call must(SocketCreate(c_text("server"), 0, c_text("127.0.0.1")))
    call must(SocketCreateSSL(c_text("secure server"), 0, c_text(certificate), 0, c_text("127.0.0.1")))
    print '(a)', local_info("server", SocketPort)//" "//local_info("secure server", SocketPort)
    flush (6)
    call greet("server")
    call greet("secure server")
  end subroutine serve

  subroutine greet(server)
    character(*), intent(in) :: server
    character(:), allocatable :: channel, message
    integer(c_intptr_t) :: ignored
    call must(SocketWaitForConnection(c_text(server), 20000))
    channel = accepted(server)
    if (counted(read_message(channel, .false., 20000, message)) == 0) stop 1
    call must(write_message(channel, "Welcome, "//message//"!"))
    ignored = read_message(channel, .false., 20000, message) ! until the client has left
    ignored = SocketClose(c_text(channel))
  end subroutine greet

  ! Fortran has no threads of its own; OpenMP has: one reads, one writes, one closes.
  subroutine threads(port)
    integer(c_int32_t), intent(in) :: port
    integer :: messages
    integer(c_intptr_t) :: ended
    call must(SocketConnect(c_text("shared"), port, c_text("127.0.0.1"), 20000))
    messages = 0
    !$omp parallel sections num_threads(3)
    !$omp section
    call read_all(messages, ended)
    !$omp section
    call write_all()
    !$omp section
    call close_behind(messages)
    !$omp end parallel sections
    print '(a,i0,a,i0)', "threads: ", messages, " messages, then ", -ended
  end subroutine threads

  subroutine read_all(messages, ended)
    integer, intent(inout) :: messages
    integer(c_intptr_t), intent(out) :: ended
    character(:), allocatable :: message
    do
      ended = read_message("shared", .true., 0, message)
      if (ended < 0) exit
      !$omp atomic update
      messages = messages + 1
    end do
  end subroutine read_all

  subroutine write_all()
    integer :: i
    do i = 1, 3
      call must(write_message("shared", "message"))
    end do
  end subroutine write_all

  subroutine close_behind(messages)
    integer, intent(in) :: messages
    integer :: seen
    do
      !$omp atomic read
      seen = messages
      if (seen >= 3) exit
      call pause(10)
    end do
    call must(SocketClose(c_text("shared")))
  end subroutine close_behind

  ! Leaves from inside the region, which STOP may do at any time.
  subroutine leave_with_a_reader(port)
    integer(c_int32_t), intent(in) :: port
    integer :: messages
    integer(c_intptr_t) :: ended
    call must(SocketConnect(c_text("shared"), port, c_text("127.0.0.1"), 20000))
    !$omp parallel sections num_threads(2)
    !$omp section
    call read_all(messages, ended)
    !$omp section
    call pause(300)
    print '(a)', "leaving with a thread inside SocketRead"
    stop
    !$omp end parallel sections
  end subroutine leave_with_a_reader

  subroutine pause(milliseconds)
    integer, intent(in) :: milliseconds
    interface
      function usleep(microseconds) bind(c) result(answer)
        import
        integer(c_int), value :: microseconds
        integer(c_int) :: answer
      end function usleep
    end interface
    if (usleep(milliseconds*1000) /= 0) return
  end subroutine pause

  ! What goes wrong first, with a server that greets.
  subroutine mistakes(port)
    integer(c_int32_t), intent(in) :: port
    character(5) :: padded = "till"
    call must(SocketConnect(c_text("till"), port, c_text("127.0.0.1"), 20000))
    call must(write_message("till", "Grüße"))
    print '(a)', "accents: "//message_from("till")
    ! The layer takes the blanks off; the bare call names them.
    call must(write_message(padded, "a"//achar(0)//"b"))
    print '(a,i0,a)', "zero inside: ", len(message_from("till")), " bytes"
    call must(write_message("till", repeat("x", 65536)))
    print '(a,i0)', "large: ", len(message_from("till"))
    call tried("blank behind a name", SocketWrite(padded//c_null_char, "x", 1))
    call tried("wrong port", SocketConnect(c_text("other"), 1, c_text("127.0.0.1"), 20000))
    call tried("no port", SocketConnect(c_text("other"), 70000, c_text("127.0.0.1"), 20000))
    print '(a)', "zero in a name: "
    flush (6)
    call must(write_message("ti"//achar(0)//"ll", "x"))
  end subroutine mistakes

  function message_from(name) result(message)
    character(*), intent(in) :: name
    character(:), allocatable :: message
    if (counted(read_message(name, .false., 20000, message)) == 0) stop 1
  end function message_from

  subroutine tried(title, answer)
    character(*), intent(in) :: title
    integer(c_intptr_t), intent(in) :: answer
    if (answer == 1) then
      print '(a)', title//": no error"
    else
      print '(a)', title//": "//error_text()
    end if
  end subroutine tried
end program demo
