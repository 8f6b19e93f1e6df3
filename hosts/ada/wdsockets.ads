--  wdsocket for Ada: names and messages as String, failures as an exception. All else is called as Wdsocket declares it.

with Interfaces; use Interfaces;
with Wdsocket;   use Wdsocket;

package Wdsockets is

   --  Its message is the number of the error, a blank and the library's sentence, of which GNAT keeps 200 letters;
   --  Error_Text has all of it until the next call of this task.
   Socket_Error : exception;

   --  A name or text holds a zero: C would take it up to there, and a name might be another socket's.
   Zero_Inside : exception;

   --  Raises Socket_Error unless a yes/no function said 1.
   procedure Must (Answer : Result);

   --  Raises Socket_Error if a length, an id or a count is -code; else gives it.
   function Count (Answer : Result) return Natural;

   --  The sentence about the last call of this thread.
   function Error_Text return String;

   procedure Create (Name : String; Port : Integer_32; Address : String := "");
   procedure Create_SSL
     (Name, Certificate : String; Port : Integer_32; Options : Integer_32 := 0; Address : String := "");
   procedure Connect (Name : String; Port : Integer_32; Address : String; Timeout : Integer_32 := WDSOCKET_DEFAULT);
   procedure Connect_SSL
     (Name    : String; Port : Integer_32; Address : String; Options : Integer_32 := 0;
      Timeout : Integer_32 := WDSOCKET_DEFAULT);
   procedure Set_Text (Name : String; Option : Integer_32; Text : String);
   procedure Wait_For_Connection (Name : String; Timeout : Integer_32 := WDSOCKET_DEFAULT);
   --  The name of the new channel.
   function Accept_Client (Name : String) return String;
   function Local_Info (Name : String; Info : Integer_32) return String;
   function SSL_Info (Name : String; Info : Integer_32) return String;

   --  One whole message, its zeros and all, however large it is.
   function Read
     (Name : String; Undefined_Wait : Boolean := False; Timeout : Integer_32 := WDSOCKET_DEFAULT) return String;
   --  The bytes of the string, its zeros and all.
   procedure Write (Name, Message : String);
   procedure Close (Name : String);

end Wdsockets;
