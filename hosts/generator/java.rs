//! hosts/java/Wdsocket.java, over JNA.

use super::declared::{Function, Kind};
use super::{Declarations, MADE, comment};

pub fn unit(all: &Declarations) -> String {
    let mut text = format!("// {MADE}\n");
    text.push_str(
        "// wdsocket: the C functions as they are, over JNA.\n\
         // Results are int: all of them fit one. Texts go in as UTF-8; texts and bytes come out in a byte[].\n\n\
         import com.sun.jna.Function;\n\
         import com.sun.jna.Library;\n\
         import com.sun.jna.Native;\n\
         import com.sun.jna.NativeLibrary;\n\
         import com.sun.jna.Platform;\n\
         import java.nio.ByteBuffer;\n\
         import java.util.HashMap;\n\
         import java.util.Map;\n\n\
         public final class Wdsocket {\n\
         \x20   private Wdsocket() {\n    }\n\n\
         \x20   static {\n\
         \x20       Map<String, Object> options = new HashMap<>();\n\
         \x20       options.put(Library.OPTION_STRING_ENCODING, \"UTF-8\");\n\
         \x20       boolean win32 = Platform.isWindows() && !Platform.is64Bit();\n\
         \x20       options.put(Library.OPTION_CALLING_CONVENTION, win32 ? Function.ALT_CONVENTION : Function.C_CONVENTION);\n\
         \x20       Native.register(Wdsocket.class, NativeLibrary.getInstance(\"wdsocket\", options));\n\
         \x20   }\n",
    );
    for group in &all.groups {
        text += &format!(
            "\n    // ---- {} ----\n",
            group.heading.trim_end_matches('.')
        );
        for constant in &group.constants {
            text += &comment("    // ", &constant.docs);
            text += &format!(
                "    public static final int {} = {};\n",
                constant.name, constant.value
            );
        }
    }
    for family in &all.families {
        text += &format!(
            "\n    // ==== {} ====\n",
            family.heading.trim_end_matches('.')
        );
        for function in &family.functions {
            text += "\n";
            text += &comment("    // ", &function.docs);
            text += &declaration(function, "byte[]");
            if function
                .parameters
                .iter()
                .any(|one| one.kind == Kind::BytesOut)
            {
                text += "    // With a direct buffer nothing is copied.\n";
                text += &declaration(function, "ByteBuffer");
            }
        }
    }
    text + "}\n"
}

fn declaration(function: &Function, bytes_out: &str) -> String {
    let parameters: Vec<_> = function
        .parameters
        .iter()
        .map(|parameter| {
            let kind = match parameter.kind {
                Kind::Integer => "int",
                Kind::TextIn => "String",
                Kind::TextOut | Kind::BytesIn => "byte[]",
                Kind::BytesOut => bytes_out,
                Kind::IntegersOut => "int[]",
            };
            format!("{kind} {}", parameter.name)
        })
        .collect();
    format!(
        "    public static native int {}({});\n",
        function.name,
        parameters.join(", ")
    )
}
