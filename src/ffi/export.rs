//! How an export is declared: once, for every form in which C has it.
//!
//! ```text
//! export! {
//!     /// The comment of the header.
//!     fn SocketRead / SocketReadId(socket: &Socket, timeout: i32) -> usize { … }
//! }
//! ```
//!
//! makes the C functions `SocketRead(const char *name, int32_t timeout)` and
//! `SocketReadId(int32_t id, int32_t timeout)`. The build reads the same declaration and writes their
//! prototypes and comments into the headers, and the row of `SocketReadW` into the UTF-16 family.
//!
//! **Names.** `A / B` is by name and by id, `A / _` by name alone, `_ / B` by id alone, and `A` without
//! a stroke is a function about no socket.
//!
//! **The first parameter** of all but the last says what the body gets, not what C gives:
//!
//! | declared | the body gets | C gives |
//! |---|---|---|
//! | `socket: &Socket` | a socket that exists | `name`, or `id` |
//! | `watch: &Socket` | the same, which should be a watch | `watch` |
//! | `watch: &Socket, member: impl Handle` | and what names another one | `watch`, then `name` or `id` |
//! | `target: Target` | a name or an id, whether a socket has it or not | `name`, or `id` |
//! | `target: Option<Target>` | the same; none for NULL, which means the defaults | `name`, or `id` |
//! | `name: &[u8]` | the name of the socket to make, empty for none | `name`; by id nothing |
//!
//! **The others** are as C gives them, of the kinds that any host can pass; build/declared.rs lists them.
//!
//! **The result** of the body is a `Result` of the type behind the arrow, an
//! [`Answer`](super::call::Answer). What makes a socket gives a [`New`](super::call::New) one: by name
//! that is a yes, by id the id.
//!
//! **A word before `fn`** changes how the body is run: `quick` holds pthread_cancel back in the body
//! itself (see [`guard_quick`](super::call::guard_quick)), `tell` leaves the last error as it is. `ascii`
//! changes only the UTF-16 form: a text that has as many units as bytes.

/// Declares an export; this module's page says how.
macro_rules! export {
    // A second socket, named as the first is.
    ($(#[$doc:meta])* fn $name:tt / $id:tt($socket:ident: &Socket, $member:ident: impl Handle) -> $answer:ty $body:block) => {
        export!(@by_name [$(#[$doc])*] $name on_socket $socket [&Socket] [, $member: *const c_char] $answer $body);
        export!(@by_id [$(#[$doc])*] $name $id on_socket $socket [&Socket] [, $member: i32] $answer $body);
    };
    ($(#[$doc:meta])* $(ascii)? fn $name:tt / $id:tt($socket:ident: &Socket $($others:tt)*) -> $answer:ty $body:block) => {
        export!(@both [$(#[$doc])*] $name $id on_socket $socket [&Socket] [$($others)*] $answer $body);
    };
    ($(#[$doc:meta])* quick fn $name:tt / $id:tt($socket:ident: &Socket $($others:tt)*) -> $answer:ty $body:block) => {
        export!(@both [$(#[$doc])*] $name $id on_socket_quick $socket [&Socket] [$($others)*] $answer $body);
    };
    ($(#[$doc:meta])* fn $name:tt / $id:tt($target:ident: Target $($others:tt)*) -> $answer:ty $body:block) => {
        export!(@both [$(#[$doc])*] $name $id guard $target [Target<'_>] [$($others)*] $answer $body);
    };
    ($(#[$doc:meta])* quick fn $name:tt / $id:tt($target:ident: Target $($others:tt)*) -> $answer:ty $body:block) => {
        export!(@both [$(#[$doc])*] $name $id guard_quick $target [Target<'_>] [$($others)*] $answer $body);
    };
    ($(#[$doc:meta])* fn $name:tt / $id:tt($target:ident: Option<Target> $($others:tt)*) -> $answer:ty $body:block) => {
        export!(@both [$(#[$doc])*] $name $id guard_or_defaults $target [Option<Target<'_>>] [$($others)*] $answer $body);
    };
    ($(#[$doc:meta])* fn $by_name:ident / $by_id:ident(
        $name:ident: &[u8] $(, $other:ident: $kind:ty)* $(,)?
    ) -> $answer:ty $body:block) => {
        $(#[$doc])*
        #[unsafe(no_mangle)]
        pub unsafe extern "system" fn $by_name(name: *const c_char $(, $other: $kind)*) -> isize {
            export!(@traced $by_name name $($other)*);
            let make = |$name: &[u8]| -> Result<$answer> { $body };
            $crate::ffi::call::make_named(stringify!($by_name), name, make)
        }

        #[doc = concat!("As `", stringify!($by_name), "`, without a name.\n\n@return the new id, or `-code`.")]
        #[unsafe(no_mangle)]
        pub unsafe extern "system" fn $by_id($($other: $kind),*) -> isize {
            export!(@traced $by_id () $($other)*);
            let make = |$name: &[u8]| -> Result<$answer> { $body };
            $crate::ffi::call::make_nameless(stringify!($by_id), make)
        }
    };
    // About no socket.
    ($(#[$doc:meta])* fn $name:ident($($other:ident: $kind:ty),* $(,)?) -> $answer:ty $body:block) => {
        $(#[$doc])*
        #[unsafe(no_mangle)]
        pub unsafe extern "system" fn $name($($other: $kind),*) -> isize {
            export!(@traced $name () $($other)*);
            $crate::ffi::call::free(stringify!($name), || -> Result<$answer> { $body })
        }
    };
    ($(#[$doc:meta])* tell fn $name:ident($($other:ident: $kind:ty),* $(,)?) -> $answer:ty $body:block) => {
        $(#[$doc])*
        #[unsafe(no_mangle)]
        pub unsafe extern "system" fn $name($($other: $kind),*) -> isize {
            $crate::ffi::call::tell(|| -> Result<$answer> { $body })
        }
    };

    // Tells a trace of the call. What is told is copied first: the arguments stay in their registers.
    (@traced $function:ident $target:tt $($other:ident)*) => {
        if $crate::trace::is_active() {
            $(let $other = $other;)*
            let arguments: &[(&str, &dyn $crate::ffi::traced::Argument)] = &[$((stringify!($other), &$other)),*];
            $crate::ffi::traced::begin(stringify!($function), $target, arguments);
        }
    };

    // What the rules above are made of: each form by itself, of which `_` is none.
    (@both $doc:tt $name:tt $id:tt $run:ident $first:ident $given:tt $others:tt $answer:ty $body:block) => {
        export!(@by_name $doc $name $run $first $given $others $answer $body);
        export!(@by_id $doc $name $id $run $first $given $others $answer $body);
    };
    (@by_name $doc:tt _ $($rest:tt)*) => {};
    (@by_name [$($doc:tt)*] $name:ident $run:ident $first:ident [$given:ty]
        [$(, $other:ident: $kind:ty)* $(,)?] $answer:ty $body:block) => {
        $($doc)*
        #[unsafe(no_mangle)]
        pub unsafe extern "system" fn $name(name: *const c_char $(, $other: $kind)*) -> isize {
            export!(@traced $name name $($other)*);
            $crate::ffi::call::$run(stringify!($name), name, |$first: $given| -> Result<$answer> { $body })
        }
    };
    (@by_id $doc:tt $name:tt _ $($rest:tt)*) => {};
    (@by_id [$($doc:tt)*] _ $id:ident $($rest:tt)*) => {
        export!(@id [$($doc)*] $id $($rest)*);
    };
    (@by_id $doc:tt $name:ident $id:ident $($rest:tt)*) => {
        export!(@id [#[doc = concat!("As `", stringify!($name), "`, by id.")]] $id $($rest)*);
    };
    (@id [$($doc:tt)*] $id:ident $run:ident $first:ident [$given:ty]
        [$(, $other:ident: $kind:ty)* $(,)?] $answer:ty $body:block) => {
        $($doc)*
        #[unsafe(no_mangle)]
        pub unsafe extern "system" fn $id(id: i32 $(, $other: $kind)*) -> isize {
            export!(@traced $id id $($other)*);
            $crate::ffi::call::$run(stringify!($id), id, |$first: $given| -> Result<$answer> { $body })
        }
    };
}

pub(super) use export;
