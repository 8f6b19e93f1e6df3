//! What is written of the length before a message.

/// Room for a length: 20 digits, CR LF, or 4 bytes in front.
#[derive(Debug, Default)]
pub struct Header(pub(super) [u8; 22]);

impl Header {
    /// Decimal digits, CR LF.
    pub(super) fn write(&mut self, size: usize) -> &[u8] {
        let mut start = self.0.len() - 2;
        self.0[start..].copy_from_slice(b"\r\n");
        let mut rest = size;
        loop {
            start -= 1;
            self.0[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                return &self.0[start..];
            }
        }
    }
}
