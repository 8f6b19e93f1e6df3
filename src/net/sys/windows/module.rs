//! The library as a module of its process.

use std::ptr::null_mut;
use windows_sys::Win32::System::LibraryLoader::{
    GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
};

/// Keeps this library loaded until the process ends: some hosts free a library after each call,
/// and the sockets would go with it.
pub fn stay_loaded() {
    let mut module = null_mut();
    // SAFETY: the address is one inside this library; the handle goes to a variable of ours.
    unsafe {
        GetModuleHandleExW(
            GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
            stay_loaded as *const u16,
            &mut module,
        );
    }
}
