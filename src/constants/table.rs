//! What the tables of constants are written with.
//!
//! Each table is read twice: here, and by the build, which makes the headers' enumerators of it. So a
//! constant, its number, its comment and all else that is known of it stand in one place.

/// A constant that programs pass as an `int32_t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Constant {
    /// As it is spelled in the header.
    pub name: &'static str,
    /// Its value.
    pub number: i32,
}

/// A whole-number option, as its row tells it.
#[derive(Clone, Copy, Debug)]
pub struct WholeOption {
    /// The constant that stands for it.
    pub name: &'static str,
    /// The constant's value.
    pub number: i32,
    /// The least that it can be set to.
    pub lowest: i32,
    /// The most that it can be set to.
    pub highest: i32,
    /// What it is where nobody says otherwise. Outside of what it can be set to it stands for the
    /// system's own choice.
    pub built_in: i32,
    /// Who keeps it while the socket lives.
    pub keeper: Keeper,
    /// The sockets for which it means something.
    pub kinds: &'static [SocketKind],
    /// Whether it is read when the socket is made, so that it cannot be set afterwards.
    pub at_creation: bool,
}

/// Who keeps an option while the socket lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// The operating system, which is asked for it.
    System,
    /// The socket itself.
    Socket,
    /// The settings that TLS is made with.
    Tls,
}

/// Kinds of sockets that differ in their options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketKind {
    /// A TCP connection.
    Stream,
    /// A TCP server.
    Listener,
    /// A Bluetooth connection or server.
    Bluetooth,
    /// A UDP socket.
    Udp,
    /// A WebSocket.
    WebSocket,
    /// A watch.
    Watch,
}

impl WholeOption {
    /// Whether it means something for this kind of socket.
    pub fn is_of(&self, kind: SocketKind) -> bool {
        self.kinds.contains(&kind)
    }

    /// Whether it is a yes/no option.
    pub fn is_switch(&self) -> bool {
        (self.lowest, self.highest) == (0, 1)
    }
}

/// A group of constants under its heading: `/// comment`, `NAME = number;` each. With `LIST:` before
/// the heading the code has them as a list of that name, too.
macro_rules! constants {
    ($heading:literal; $($(#[$doc:meta])+ $name:ident = $number:literal;)+) => {
        $($(#[$doc])+ pub const $name: i32 = $number;)+
    };
    ($list:ident: $heading:literal; $($(#[$doc:meta])+ $name:ident = $number:literal;)+) => {
        constants! { $heading; $($(#[$doc])+ $name = $number;)+ }
        #[doc = $heading]
        pub const $list: &[Constant] = &[$(Constant { name: stringify!($name), number: $number }),+];
    };
}

/// The whole-number options: `/// comment`, then
///
/// `NAME = number, lowest..=highest, "unit", default number, keeper, [kinds];`
///
/// where `= "meaning"` may follow the default, and `at_creation` the kinds. The header's comment begins
/// with the range, the unit and the default, so the row's own goes on behind a colon.
macro_rules! options {
    ($list:ident: $heading:literal; $(
        $(#[$doc:meta])+
        $name:ident = $number:literal, $lowest:literal..=$highest:expr, $unit:literal,
            default $default:literal $(= $meaning:literal)?, $keeper:ident, [$($kind:ident),+] $(, $when:ident)?;
    )+) => {
        $(
            #[doc = concat!("Option (", stringify!($lowest), " to ", stringify!($highest), " ", $unit, "):")]
            $(#[$doc])+
            pub const $name: i32 = $number;
        )+
        #[doc = $heading]
        pub const $list: &[WholeOption] = &[$(WholeOption {
            name: stringify!($name),
            number: $number,
            lowest: $lowest,
            highest: $highest,
            built_in: $default,
            keeper: Keeper::$keeper,
            kinds: &[$(SocketKind::$kind),+],
            at_creation: options!(@at_creation $($when)?),
        }),+];
    };
    (@at_creation) => { false };
    (@at_creation at_creation) => { true };
}

/// The errors: `/// comment`, `CONSTANT = number, Name, "sentence";` each, behind the one that is none.
macro_rules! errors {
    ($heading:literal; $(#[$no_doc:meta])+ $none:ident = $zero:literal;
     $($(#[$doc:meta])+ $constant:ident = $number:literal, $name:ident, $sentence:literal;)+) => {
        $(#[$no_doc])+
        pub const $none: i32 = $zero;
        $($(#[$doc])+ pub const $constant: i32 = $number;)+

        /// The kind of an error, with the number that programs see.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(i32)]
        pub enum Code {
            $($(#[$doc])+ $name = $number,)+
        }

        impl Code {
            /// All of them.
            pub const ALL: &[Code] = &[$(Code::$name),+];

            /// Its constant in the header.
            pub fn constant(self) -> &'static str {
                match self {
                    $(Code::$name => stringify!($constant),)+
                }
            }

            /// What can be said of an error of which nothing but its code is known, in one sentence.
            pub fn sentence(self) -> &'static str {
                match self {
                    $(Code::$name => $sentence,)+
                }
            }
        }
    };
}

pub(super) use {constants, errors, options};
