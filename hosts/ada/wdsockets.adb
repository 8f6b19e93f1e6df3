with Interfaces.C;         use Interfaces.C;
with Interfaces.C.Strings; use Interfaces.C.Strings;

package body Wdsockets is

   --  Where a text of C's begins; it must live as long as the call.
   function Start (Item : aliased in out char_array) return chars_ptr is (To_Chars_Ptr (Item'Unchecked_Access));

   function C (Item : String) return char_array is
   begin
      for Letter of Item loop
         if Letter = ASCII.NUL then
            raise Zero_Inside with "a name or text holds a zero";
         end if;
      end loop;
      return To_C (Item);
   end C;

   procedure Fail is
   begin
      --  The number first: the rest leaves it as it is.
      raise Socket_Error with SocketErrorCode'Image & " " & Error_Text;
   end Fail;

   procedure Must (Answer : Result) is
   begin
      if Answer /= 1 then
         Fail;
      end if;
   end Must;

   function Count (Answer : Result) return Natural is
   begin
      if Answer < 0 then
         Fail;
      end if;
      return Natural (Answer);
   end Count;

   function Error_Text return String is
      Buffer : String (1 .. 4096);
      Length : constant Result := SocketErrorInfo (Buffer'Address, Buffer'Length);
   begin
      return Buffer (1 .. Integer (Result'Max (Length, 0)));
   end Error_Text;

   procedure Create (Name : String; Port : Integer_32; Address : String := "") is
      N : aliased char_array := C (Name);
      A : aliased char_array := C (Address);
   begin
      Must (SocketCreate (Start (N), Port, Start (A)));
   end Create;

   procedure Create_SSL
     (Name, Certificate : String; Port : Integer_32; Options : Integer_32 := 0; Address : String := "")
   is
      N : aliased char_array := C (Name);
      F : aliased char_array := C (Certificate);
      A : aliased char_array := C (Address);
   begin
      Must (SocketCreateSSL (Start (N), Port, Start (F), Options, Start (A), Null_Ptr));
   end Create_SSL;

   procedure Connect (Name : String; Port : Integer_32; Address : String; Timeout : Integer_32 := WDSOCKET_DEFAULT) is
      N : aliased char_array := C (Name);
      A : aliased char_array := C (Address);
   begin
      Must (SocketConnect (Start (N), Port, Start (A), Timeout));
   end Connect;

   procedure Connect_SSL
     (Name    : String; Port : Integer_32; Address : String; Options : Integer_32 := 0;
      Timeout : Integer_32 := WDSOCKET_DEFAULT)
   is
      N : aliased char_array := C (Name);
      A : aliased char_array := C (Address);
   begin
      Must (SocketConnectSSL (Start (N), Port, Start (A), Options, Timeout, Null_Ptr));
   end Connect_SSL;

   procedure Set_Text (Name : String; Option : Integer_32; Text : String) is
      N : aliased char_array := C (Name);
      T : aliased char_array := C (Text);
   begin
      Must (SocketSetText (Start (N), Option, Start (T)));
   end Set_Text;

   procedure Wait_For_Connection (Name : String; Timeout : Integer_32 := WDSOCKET_DEFAULT) is
      N : aliased char_array := C (Name);
   begin
      Must (SocketWaitForConnection (Start (N), Timeout));
   end Wait_For_Connection;

   function Accept_Client (Name : String) return String is
      N      : aliased char_array := C (Name);
      Buffer : String (1 .. 256);
   begin
      return Buffer (1 .. Count (SocketAccept (Start (N), Buffer'Address, Buffer'Length)));
   end Accept_Client;

   function Local_Info (Name : String; Info : Integer_32) return String is
      N      : aliased char_array := C (Name);
      Buffer : String (1 .. 4096);
   begin
      return Buffer (1 .. Count (SocketLocalInfo (Start (N), Info, Buffer'Address, Buffer'Length)));
   end Local_Info;

   function SSL_Info (Name : String; Info : Integer_32) return String is
      N      : aliased char_array := C (Name);
      Buffer : String (1 .. 4096);
   begin
      return Buffer (1 .. Count (SocketSSLInfo (Start (N), Info, Buffer'Address, Buffer'Length)));
   end SSL_Info;

   function Read
     (Name : String; Undefined_Wait : Boolean := False; Timeout : Integer_32 := WDSOCKET_DEFAULT) return String
   is
      N : aliased char_array := C (Name);

      function Read_Into (Capacity : Natural) return String is
         Buffer : String (1 .. Capacity);
         Answer : constant Result :=
           SocketRead (Start (N), Boolean'Pos (Undefined_Wait), Timeout, Buffer'Address, Buffer'Length);
      begin
         if Answer = -Result (WDSOCKET_ERR_BUFFER_TOO_SMALL) then
            --  The message has stayed; now its size is known.
            return Read_Into (Count (SocketPending (Start (N))));
         end if;
         return Buffer (1 .. Count (Answer));
      end Read_Into;
   begin
      return Read_Into (65536);
   end Read;

   procedure Write (Name, Message : String) is
      N : aliased char_array := C (Name);
   begin
      Must (SocketWrite (Start (N), Message'Address, Message'Length));
   end Write;

   procedure Close (Name : String) is
      N : aliased char_array := C (Name);
   begin
      Must (SocketClose (Start (N)));
   end Close;

end Wdsockets;
