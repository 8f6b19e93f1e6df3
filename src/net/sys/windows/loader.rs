//! When a call must not wait for other threads: while Windows loads or unloads a DLL, and while the process ends.

use std::ffi::c_void;
use windows_sys::Win32::System::Threading::GetCurrentThreadId;

/// Where the description of a process has the loader's lock: the same since Windows NT, and under Wine.
#[cfg(target_pointer_width = "64")]
const LOADER_LOCK: usize = 0x110;
#[cfg(target_pointer_width = "32")]
const LOADER_LOCK: usize = 0xa0;

/// RTL_CRITICAL_SECTION, as far as its owner.
#[repr(C)]
struct CriticalSection {
    debug: *const c_void,
    lock_count: i32,
    recursion_count: i32,
    /// The thread that is inside.
    owner: usize,
}

#[link(name = "ntdll")]
unsafe extern "system" {
    fn RtlGetCurrentPeb() -> *const u8;
    fn RtlDllShutdownInProgress() -> u8;
}

/// Why this call must not wait for a thread of the library's own; `None` where it may.
pub fn threads_held_back() -> Option<&'static str> {
    holds_loader_lock().then_some(
        "this call is made while Windows loads or unloads a DLL (from DllMain, or from what is constructed there), \
         and no thread begins until that is over: call it later",
    )
}

/// Whether this process is ending: its other threads are gone, with the locks that they had.
pub fn is_process_ending() -> bool {
    // SAFETY: takes nothing and only looks.
    unsafe { RtlDllShutdownInProgress() != 0 }
}

/// Whether this thread is inside the loader, where every new thread begins.
fn holds_loader_lock() -> bool {
    // SAFETY: the system's description of this process is there as long as the process, and the lock that it names.
    // Another thread may change the owner meanwhile, to or from anything but this thread.
    unsafe {
        let lock = RtlGetCurrentPeb().add(LOADER_LOCK);
        let lock = lock.cast::<*const CriticalSection>().read();
        let Some(lock) = lock.as_ref() else {
            return false;
        };
        (&raw const lock.owner).read_volatile() == GetCurrentThreadId() as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_call_is_neither_in_the_loader_nor_in_a_process_that_ends() {
        assert_eq!(threads_held_back(), None);
        assert!(!is_process_ending());
    }
}
