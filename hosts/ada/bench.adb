--  An echo of 64 bytes: bench PORT ROUNDS.

with Ada.Command_Line; use Ada.Command_Line;
with Ada.Real_Time;    use Ada.Real_Time;
with Ada.Streams;      use Ada.Streams;
with Ada.Text_IO;      use Ada.Text_IO;
with GNAT.Sockets;     use GNAT.Sockets;
with Interfaces;       use Interfaces;
with Interfaces.C;     use Interfaces.C;
with Interfaces.C.Strings;
with System;           use System;
with Wdsocket;         use Wdsocket;
with Wdsockets;

procedure Bench is
   package Numbers is new Ada.Text_IO.Float_IO (Float);

   Port    : constant Positive := Positive'Value (Argument (1));
   Rounds  : constant Positive := Positive'Value (Argument (2));
   Message : constant String (1 .. 64) := [others => 'x'];
   Name    : aliased char_array := To_C ("echo");
   Data    : constant Stream_Element_Array (1 .. 64) := [others => 120];
   Answer  : Stream_Element_Array (1 .. 64);
   Last    : Stream_Element_Offset;
   Own     : Socket_Type;
   Best    : array (0 .. 1) of Float := [others => 1.0E9];

   procedure Print (Value : Float) is
   begin
      Numbers.Put (Value, Fore => 1, Aft => 1, Exp => 0);
   end Print;
begin
   Create_Socket (Own);
   Connect_Socket (Own, (Family_Inet, Inet_Addr ("127.0.0.1"), Port_Type (Port)));
   Set_Socket_Option (Own, IP_Protocol_For_TCP_Level, (No_Delay, True));
   Wdsockets.Connect ("echo", Integer_32 (Port), "127.0.0.1");
   Wdsockets.Must (SocketChangeTransmissionMode (Interfaces.C.Strings.To_Chars_Ptr (Name'Unchecked_Access), SocketNoEndTag, Null_Address, 0));
   for Turn in 0 .. 9 loop
      declare
         Start : constant Time := Clock;
      begin
         for Round in 1 .. Rounds loop
            if Turn mod 2 = 0 then
               Send_Socket (Own, Data, Last);
               Receive_Socket (Own, Answer, Last);
            else
               Wdsockets.Write ("echo", Message);
               if Wdsockets.Read ("echo", Undefined_Wait => True)'Length = 0 then
                  raise Program_Error;
               end if;
            end if;
         end loop;
         Best (Turn mod 2) :=
           Float'Min (Best (Turn mod 2), Float (To_Duration (Clock - Start)) * 1.0E6 / Float (Rounds));
      end;
   end loop;
   Put ("own ");
   Print (Best (0));
   Put (", wdsocket ");
   Print (Best (1));
   New_Line;
end Bench;
