--  demo talk PORT TLS_PORT TRUSTED.pem   talks with a server of each kind
--  demo serve CERTIFICATE.pem            prints its two ports and serves one client of each kind
--  demo mistakes PORT                    what goes wrong first, and what the answer is

with Ada.Command_Line; use Ada.Command_Line;
with Ada.Exceptions;   use Ada.Exceptions;
with Ada.Text_IO;      use Ada.Text_IO;
with GNAT.OS_Lib;
with Interfaces;       use Interfaces;
with Wdsocket;         use Wdsocket;
with Wdsockets;        use Wdsockets;

procedure Demo is

   Messages : Natural := 0 with Atomic;

   function Number (Text : String) return Integer_32 is (Integer_32'Value (Text));

   function Answer (Name : String) return String is
   begin
      Write (Name, "Zoë");
      return Read (Name, Timeout => 20000);
   end Answer;

   procedure Talk (Port, Secure_Port : Integer_32; Trusted : String) is
   begin
      Connect ("clear", Port, "127.0.0.1", 20000);
      Put_Line ("client: " & Answer ("clear"));
      Set_Text ("secure", SSLCaFile, Trusted);
      Connect_SSL ("secure", Secure_Port, "localhost", Timeout => 20000);
      Put_Line ("TLS: " & SSL_Info ("secure", SSLProtocol) & " " & Answer ("secure"));
      --  One that does not know who signed the certificate.
      Connect_SSL ("stranger", Secure_Port, "localhost", Timeout => 20000);
   exception
      when Socket_Error =>
         Put_Line ("not trusted:" & SocketErrorCode'Image & " " & Error_Text);
   end Talk;

   procedure Greet (Server : String) is
   begin
      Wait_For_Connection (Server, 20000);
      declare
         Channel : constant String := Accept_Client (Server);
      begin
         Write (Channel, "Welcome, " & Read (Channel, Timeout => 20000) & "!");
         Put_Line (Read (Channel, Timeout => 20000));
      exception
         when Socket_Error => --  the client has left
            Close (Channel);
      end;
   end Greet;

   procedure Serve (Certificate : String) is
   begin
      Create ("server", 0, "127.0.0.1");
      Create_SSL ("secure server", Certificate, 0, Address => "127.0.0.1");
      Put_Line (Local_Info ("server", SocketPort) & " " & Local_Info ("secure server", SocketPort));
      Flush;
      Greet ("server");
      Greet ("secure server");
   end Serve;

   --  Until an error, which it tells.
   function Read_All return String is
   begin
      loop
         declare
            Ignored : constant String := Read ("shared", Undefined_Wait => True);
         begin
            Messages := Messages + 1;
         end;
      end loop;
   exception
      when E : Socket_Error =>
         return Exception_Message (E);
   end Read_All;

   procedure Threads (Port : Integer_32) is
   begin
      Connect ("shared", Port, "127.0.0.1", 20000);
      declare
         task Reader;
         task Writer;
         task Closer;

         task body Reader is
            Text : constant String := Read_All;
         begin
            Put_Line ("threads:" & Messages'Image & " messages, then" & Text);
         end Reader;

         task body Writer is
         begin
            for I in 1 .. 3 loop
               Write ("shared", "message");
            end loop;
         end Writer;

         task body Closer is
         begin
            while Messages < 3 loop
               delay 0.01;
            end loop;
            Close ("shared");
         end Closer;
      begin
         null;
      end;
   end Threads;

   procedure Leave_With_A_Reader (Port : Integer_32) is
      task Reader is
         entry Start;
      end Reader;

      task body Reader is
      begin
         accept Start;
         Put_Line (Read_All);
      end Reader;
   begin
      Connect ("shared", Port, "127.0.0.1", 20000);
      Reader.Start;
      delay 0.3;
      Put_Line ("leaving with a thread inside SocketRead");
      --  A procedure that returns would wait for its tasks.
      GNAT.OS_Lib.OS_Exit (0);
   end Leave_With_A_Reader;

   --  What goes wrong first, with a server that greets.
   procedure Mistakes (Port : Integer_32) is

      procedure Write_To (Title, Name : String) is
      begin
         Write (Name, "x");
      exception
         when Socket_Error =>
            Put_Line (Title & ": " & Error_Text);
         when E : Zero_Inside =>
            Put_Line (Title & ": " & Exception_Message (E));
      end Write_To;

      procedure Connect_To (Title : String; Port : Integer_32) is
      begin
         Connect ("other", Port, "127.0.0.1", 20000);
      exception
         when Socket_Error =>
            Put_Line (Title & ": " & Error_Text);
      end Connect_To;

   begin
      Connect ("till", Port, "127.0.0.1", 20000);
      Write ("till", "Grüße");
      Put_Line ("accents: " & Read ("till", Timeout => 20000));
      Write ("till", "a" & ASCII.NUL & "b");
      Put_Line ("zero inside:" & Read ("till", Timeout => 20000)'Length'Image & " bytes");
      Write ("till", (1 .. 65536 => 'x'));
      Put_Line ("large:" & Read ("till", Timeout => 20000)'Length'Image);
      Write_To ("zero in a name", "ti" & ASCII.NUL & "ll");
      Write_To ("blank behind a name", "till ");
      Connect_To ("wrong port", 1);
      Connect_To ("no port", 70000);
   end Mistakes;

begin
   if Argument_Count = 4 and then Argument (1) = "talk" then
      Talk (Number (Argument (2)), Number (Argument (3)), Argument (4));
      Threads (Number (Argument (2)));
      Leave_With_A_Reader (Number (Argument (2)));
   elsif Argument_Count = 2 and then Argument (1) = "serve" then
      Serve (Argument (2));
   elsif Argument_Count = 2 and then Argument (1) = "mistakes" then
      Mistakes (Number (Argument (2)));
   else
      Set_Exit_Status (2);
   end if;
exception
   when E : Socket_Error =>
      Put_Line (Exception_Message (E));
      Set_Exit_Status (1);
end Demo;
