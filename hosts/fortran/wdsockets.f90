! wdsocket for Fortran: names without the blanks that Fortran pads them with, and what comes out as character(:).
! All else is called as wdsocket.f90 declares it:
!   answer = SocketConnect(c_text("till"), 5000, c_text("192.0.2.7"), WDSOCKET_DEFAULT)
! Each function gives what C gives: 1 or 0, or a number or -code.
module wdsockets
  use wdsocket
  implicit none
contains

  ! A name or text as C takes it: without the blanks at its end, and with a zero. C would take one that holds a zero up
  ! to there, and a name might be another socket's: the program ends.
  pure function c_text(text) result(answer)
    character(*), intent(in) :: text
    character(:), allocatable :: answer
    if (index(text, c_null_char) > 0) error stop "wdsocket: a name or text holds a zero"
    answer = trim(text)//c_null_char
  end function c_text

  ! The sentence about the last call of this thread.
  function error_text() result(text)
    character(:), allocatable :: text
    character(4096) :: buffer
    text = told(SocketErrorInfo(buffer, len(buffer)), buffer)
  end function error_text

  ! Ends the program with that sentence, unless a yes/no function said 1.
  subroutine must(answer)
    integer(c_intptr_t), intent(in) :: answer
    if (answer /= 1) call give_up()
  end subroutine must

  ! The same unless it is a number, 0 or more.
  function counted(answer) result(number)
    integer(c_intptr_t), intent(in) :: answer
    integer(c_int32_t) :: number
    if (answer < 0) call give_up()
    number = int(answer, c_int32_t)
  end function counted

  subroutine give_up()
    print '(a)', error_text()
    stop 1
  end subroutine give_up

  ! SocketRead: one whole message, its blanks and zeros and all, however large it is.
  function read_message(name, undefined_wait, timeout, message) result(answer)
    character(*), intent(in) :: name
    logical, intent(in) :: undefined_wait
    integer(c_int32_t), intent(in) :: timeout
    character(:), allocatable, intent(out) :: message
    integer(c_intptr_t) :: answer, size
    character(:), allocatable :: buffer
    allocate (character(65536) :: buffer)
    do
      answer = SocketRead(c_text(name), merge(1, 0, undefined_wait), timeout, buffer, len(buffer))
      if (answer /= -WDSOCKET_ERR_BUFFER_TOO_SMALL) exit
      ! The message has stayed; now its size is known.
      size = SocketPending(c_text(name))
      if (size < 0) then
        answer = size
        exit
      end if
      deallocate (buffer)
      allocate (character(size) :: buffer)
    end do
    message = told(answer, buffer)
  end function read_message

  ! SocketWrite: all of the text; trim it yourself where its blanks are no part of it.
  function write_message(name, message) result(answer)
    character(*), intent(in) :: name, message
    integer(c_intptr_t) :: answer
    answer = SocketWrite(c_text(name), message, len(message))
  end function write_message

  ! SocketAccept: the name of the new channel, "" where there is none.
  function accepted(server) result(channel)
    character(*), intent(in) :: server
    character(:), allocatable :: channel
    character(256) :: buffer
    channel = told(SocketAccept(c_text(server), buffer, len(buffer)), buffer)
  end function accepted

  ! SocketLocalInfo and SocketSSLInfo, "" where there is nothing to tell.
  function local_info(name, info) result(text)
    character(*), intent(in) :: name
    integer(c_int32_t), intent(in) :: info
    character(:), allocatable :: text
    character(4096) :: buffer
    text = told(SocketLocalInfo(c_text(name), info, buffer, len(buffer)), buffer)
  end function local_info

  function ssl_info(name, info) result(text)
    character(*), intent(in) :: name
    integer(c_int32_t), intent(in) :: info
    character(:), allocatable :: text
    character(4096) :: buffer
    text = told(SocketSSLInfo(c_text(name), info, buffer, len(buffer)), buffer)
  end function ssl_info

  ! What a function has put into a buffer.
  pure function told(length, buffer) result(text)
    integer(c_intptr_t), intent(in) :: length
    character(*), intent(in) :: buffer
    character(:), allocatable :: text
    text = buffer(:max(int(length), 0))
  end function told
end module wdsockets
