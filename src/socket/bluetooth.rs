//! What names a Bluetooth service and a device.

use crate::error::{Code, Error, Result};

/// The Bluetooth base UUID (Assigned Numbers, section 3.2): short UUIDs are its first 32 bits.
const BASE: u128 = 0x00000000_0000_1000_8000_00805F9B34FB;

/// The serial port's service class.
pub const SERIAL_PORT: u128 = BASE | 0x1101 << 96;

/// The channel that serial ports have by custom.
const SERIAL_PORT_CHANNEL: u8 = 1;

/// The channels that RFCOMM has.
const CHANNELS: std::ops::RangeInclusive<u8> = 1..=30;

/// What offers or wants a connection on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// An RFCOMM channel, 1 to 30.
    Channel(u8),
    /// A service class, looked up on the device.
    Class(u128),
}

/// `SerialPortServiceClass_UUID`, a UUID (with or without braces; short ones as 0x1101), or a channel
/// number from 1 to 30. Errors: INVALID_ARGUMENT.
pub fn parse_service(text: &str) -> Result<Service> {
    if text.eq_ignore_ascii_case("SerialPortServiceClass_UUID") {
        return Ok(Service::Class(SERIAL_PORT));
    }
    channel(text)
        .map(Service::Channel)
        .or_else(|| uuid(text).map(Service::Class))
        .ok_or_else(|| {
            Error::invalid(format!(
                "\"{}\" is no Bluetooth service: give SerialPortServiceClass_UUID, a UUID or a channel from 1 to 30",
                text.escape_debug()
            ))
        })
}

/// A device's address, `AA:BB:CC:DD:EE:FF`, its first byte first. Errors: INVALID_ARGUMENT.
pub fn parse_device(text: &str) -> Result<[u8; 6]> {
    device(text).filter(|mac| *mac != [0; 6]).ok_or_else(|| {
        Error::invalid(format!(
            "\"{}\" is no Bluetooth address: write it as AA:BB:CC:DD:EE:FF",
            text.escape_debug()
        ))
    })
}

/// The channel on which a server offers a service. Errors: NOT_SUPPORTED.
pub fn channel_to_listen(service: Service) -> Result<u8> {
    match service {
        Service::Channel(channel) => Ok(channel),
        Service::Class(SERIAL_PORT) => Ok(SERIAL_PORT_CHANNEL),
        Service::Class(_) => Err(Error::new(
            Code::NotSupported,
            "only the Bluetooth service of the system can publish a UUID: give a channel from 1 to 30, and tell it to the clients",
        )),
    }
}

/// The channel on which a device offers a service. Errors: NOT_SUPPORTED.
pub fn channel_to_connect(service: Service) -> Result<u8> {
    match service {
        Service::Channel(channel) => Ok(channel),
        Service::Class(SERIAL_PORT) => Ok(SERIAL_PORT_CHANNEL),
        Service::Class(_) => Err(Error::new(
            Code::NotSupported,
            "UUIDs are not looked up on the device: give the channel of the service, a number from 1 to 30",
        )),
    }
}

fn channel(text: &str) -> Option<u8> {
    let is_number = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let number = text.parse().ok().filter(|_| is_number)?;
    CHANNELS.contains(&number).then_some(number)
}

fn uuid(text: &str) -> Option<u128> {
    if let Some(short) = text.strip_prefix("0x") {
        let value = hexadecimal(short).filter(|_| matches!(short.len(), 4 | 8))?;
        return Some(BASE | value << 96);
    }
    let bare = match text.strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}')?,
        None => text,
    };
    let mut whole = String::with_capacity(32);
    let mut parts = bare.split('-');
    for length in [8, 4, 4, 4, 12] {
        whole += parts.next().filter(|part| part.len() == length)?;
    }
    parts.next().is_none().then(|| hexadecimal(&whole))?
}

fn device(text: &str) -> Option<[u8; 6]> {
    let mut mac = [0; 6];
    let mut parts = text.split(':');
    for byte in &mut mac {
        let part = parts.next().filter(|part| part.len() == 2)?;
        *byte = u8::try_from(hexadecimal(part)?).ok()?;
    }
    parts.next().is_none().then_some(mac)
}

/// Digits alone: the standard library's parsers take a sign too.
fn hexadecimal(digits: &str) -> Option<u128> {
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u128::from_str_radix(digits, 16).ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn a_service_is_a_class_a_uuid_or_a_channel() {
        let serial = Service::Class(SERIAL_PORT);
        for text in [
            "SerialPortServiceClass_UUID",
            "serialportserviceclass_uuid",
            "00001101-0000-1000-8000-00805F9B34FB",
            "{00001101-0000-1000-8000-00805f9b34fb}",
            "0x1101",
            "0x00001101",
        ] {
            assert_eq!(parse_service(text).unwrap(), serial, "{text}");
        }
        let own = "fa87c0d0-afac-11de-8a39-0800200c9a66";
        let class = Service::Class(0xfa87c0d0_afac_11de_8a39_0800200c9a66);
        assert_eq!(parse_service(own).unwrap(), class);
        for number in 1..=30 {
            let channel = Service::Channel(number);
            assert_eq!(parse_service(&number.to_string()).unwrap(), channel);
        }
        assert_eq!(parse_service("07").unwrap(), Service::Channel(7));
    }

    #[test]
    fn malformed_services_are_refused() {
        for text in [
            "",
            "0",
            "31",
            "-1",
            "+1",
            "1.",
            " 1",
            "001",
            "1101",
            "0x",
            "0x11",
            "0x+101",
            "0x11011",
            "0x110G",
            "00001101-0000-1000-8000-00805F9B34F",
            "00001101-0000-1000-8000-00805F9B34FBB",
            "00001101-0000-1000-8000-00805F9B34FB-",
            "00001101-0000-1000-800000805F9B34FB",
            "0000110100001000800000805F9B34FB",
            "0000110-10000-1000-8000-00805F9B34FB",
            "+0001101-0000-1000-8000-00805F9B34FB",
            "0000110G-0000-1000-8000-00805F9B34FB",
            "{00001101-0000-1000-8000-00805F9B34FB",
            "00001101-0000-1000-8000-00805F9B34FB}",
            "SerialPort",
            "\u{0661}",
        ] {
            let error = parse_service(text).unwrap_err();
            assert_eq!(error.code, Code::InvalidArgument, "{text}");
        }
    }

    #[test]
    fn a_device_is_six_bytes() {
        let mac = [0x00, 0x1A, 0x7D, 0xDA, 0x71, 0x0F];
        assert_eq!(parse_device("00:1A:7D:DA:71:0F").unwrap(), mac);
        assert_eq!(parse_device("00:1a:7d:da:71:0f").unwrap(), mac);
        assert_eq!(parse_device("FF:FF:FF:FF:FF:FF").unwrap(), [0xFF; 6]);
    }

    #[test]
    fn malformed_devices_are_refused() {
        for text in [
            "",
            ":::::",
            "00:1A:7D:DA:71",
            "00:1A:7D:DA:71:",
            "00:1A:7D:DA:71:0F:",
            "00:1A:7D:DA:71:0F:11",
            ":00:1A:7D:DA:71:0F",
            "0:1A:7D:DA:71:0F",
            "000:1A:7D:DA:71:0F",
            "+0:1A:7D:DA:71:0F",
            "0G:1A:7D:DA:71:0F",
            "00-1A-7D-DA-71-0F",
            "001A7DDA710F",
            " 00:1A:7D:DA:71:0F",
            "00:00:00:00:00:00",
            "\u{e9}:1A:7D:DA:71:0F",
        ] {
            let error = parse_device(text).unwrap_err();
            assert_eq!(error.code, Code::InvalidArgument, "{text}");
        }
    }
}
