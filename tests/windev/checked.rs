//! What the sources call is what the header declares, and the French ones are the English ones. Every rule refuses a copy with
//! the fault that it is there for.

use super::*;

/// What the checker says of the header and of sources, the module first, in a folder.
fn checked(folder: &Path, sources: &[&str]) -> Outcome {
    let files: Vec<_> = [HEADER]
        .iter()
        .chain(sources)
        .map(|file| folder.join(file))
        .collect();
    python(project().join("tests/windev/check.py"), &files)
}

fn assert_accepted(folder: &Path, sources: &[&str]) {
    let outcome = checked(folder, sources);
    assert!(outcome.success(), "{}", outcome.report());
    println!("{}", outcome.out);
}

#[test]
fn the_english_module_and_programs_call_what_the_header_declares() {
    assert_accepted(&project(), &ENGLISH);
}

#[test]
fn the_french_module_and_programs_call_what_the_header_declares() {
    assert_accepted(&project(), &FRENCH);
}

/// Blocks that the module does not use, in a program beside it.
fn assert_blocks_accepted(module: &str, program: &str) {
    let folder = Folder::new(&[HEADER, module]);
    folder.write("program.wl", program);
    assert_accepted(&folder.0, &[module, "program.wl"]);
}

#[test]
fn the_other_blocks_of_wlanguage_are_understood() {
    assert_blocks_accepted(
        ENGLISH[0],
        "PROCEDURE Rest(LOCAL n is int = 3)\n\
         WHEN EXCEPTION IN\n\tFOR n = 1 TO 9 STEP 2\n\t\tIF n = 5 THEN CONTINUE ELSE BREAK\n\tEND\nDO\n\tShow(\"\" + n)\nEND\n\
         IF n = 1 THEN\n\tn += 1\nELSE IF n = 2 THEN\n\tn = n * (2 + n) modulo 3\nELSE\n\tRETURN\nEND\n\
         LOOP(3)\n\tSWITCH n\n\t\tCASE 1, 2: Show(\"a\")\n\t\tOTHER CASE: Show(\"b\")\n\tEND\nEND\n\
         INTERNAL PROCEDURE Show(LOCAL s is string)\n\tTrace(s)\nEND\n\
         CASE ERROR:\n\tTrace(ErrorInfo())\n",
    );
    assert_blocks_accepted(
        FRENCH[0],
        "PROCÉDURE Reste(LOCAL n est un entier = 3)\n\
         QUAND EXCEPTION DANS\n\tPOUR n = 1 À 9 PAS 2\n\t\tSI PAS n = 5 ALORS CONTINUER SINON SORTIR\n\tFIN\nFAIRE\n\tMontre(\"\" + n)\nFIN\n\
         SI n = 1 ALORS\n\tn += 1\nSINON SI n = 2 ALORS\n\tn = n * (2 + n) modulo 3\nSINON\n\tRETOUR\nFIN\n\
         BOUCLE(3)\n\tSELON n\n\t\tCAS 1, 2 : Montre(\"a\")\n\t\tAUTRE CAS : Montre(\"b\")\n\tFIN\nFIN\n\
         PROCÉDURE INTERNE Montre(LOCAL s est une chaîne)\n\tTrace(s)\nFIN\n\
         CAS ERREUR :\n\tTrace(ErreurInfo())\n",
    );
}

/// A line of `tests/windev/refused.tsv`: a copy of this file with one change must be refused with this sentence.
struct Fault {
    file: String,
    from: String,
    to: String,
    sentence: String,
}

impl Fault {
    fn assert_refused(&self) {
        let sources = if self.file.contains("/french/") {
            FRENCH
        } else {
            ENGLISH
        };
        let folder = Folder::new(&[&[HEADER][..], &sources].concat());
        let text = text_of(&self.file);
        let Fault { file, from, to, .. } = self;
        assert!(text.contains(from), "{file} does not contain {from:?}");
        folder.write(file, &text.replacen(from, to, 1));
        let outcome = checked(&folder.0, &sources);
        assert!(
            exits_with_1(&outcome) && outcome.out.contains(&self.sentence),
            "{file}: {from:?} became {to:?}, {:?} was expected of the checker: {}",
            self.sentence,
            outcome.report()
        );
    }
}

/// The groups of the list with their faults.
fn list() -> Vec<(String, Vec<Fault>)> {
    let mut groups: Vec<(String, Vec<Fault>)> = Vec::new();
    for line in text_of("tests/windev/refused.tsv").lines() {
        if line.starts_with('#') {
            continue;
        }
        if let Some(group) = line.strip_prefix("= ") {
            groups.push((group.to_string(), Vec::new()));
            continue;
        }
        let columns: Vec<_> = line
            .split('\t')
            .map(|column| column.replace("\\n", "\n").replace("\\t", "\t"))
            .collect();
        let [file, from, to, sentence] =
            <[String; 4]>::try_from(columns).expect("four columns in a line of refused.tsv");
        let (_, faults) = groups.last_mut().expect("a group begins the list");
        faults.push(Fault {
            file,
            from,
            to,
            sentence,
        });
    }
    groups
}

macro_rules! refused {
    ($($group:ident,)*) => {
        $(#[test]
        fn $group() {
            let faults = list().into_iter().find(|(name, _)| name == stringify!($group));
            let (_, faults) = faults.expect("the group in refused.tsv");
            assert!(!faults.is_empty(), "nothing is tried");
            faults.iter().for_each(Fault::assert_refused);
        })*

        #[test]
        fn every_group_of_the_list_is_tested() {
            let named: Vec<_> = list().into_iter().map(|(name, _)| name).collect();
            assert_eq!(named, [$(stringify!($group)),*]);
        }
    };
}

refused! {
    a_block_that_is_not_balanced_is_refused,
    an_internal_procedure_outside_a_procedure_is_refused,
    a_call_that_is_not_the_headers_is_refused,
    a_function_of_the_header_that_the_module_does_not_call_is_refused,
    a_constant_that_is_not_the_headers_is_refused,
    a_library_without_extension_or_a_result_in_an_int_is_refused,
    a_name_that_is_not_declared_is_refused,
    a_call_or_a_value_that_does_not_fit_its_declaration_is_refused,
    a_line_that_is_never_reached_or_a_variable_that_is_not_used_is_refused,
    a_call_before_the_library_is_surely_loaded_is_refused,
    names_that_case_or_accents_alone_tell_apart_are_refused,
    a_source_in_two_languages_is_refused,
}

/// Runs translate.py of a folder, which looks at the French files beside it.
fn translation_checked(folder: &Path) -> Outcome {
    python(folder.join(TRANSLATION[0]), &[PathBuf::from("--check")])
}

#[test]
fn the_french_files_are_the_english_ones_translated() {
    let outcome = translation_checked(&project());
    assert!(outcome.success(), "{}", outcome.report());
}

#[test]
fn a_french_file_that_says_something_else_is_noticed() {
    let all = [&TRANSLATION[..], &ENGLISH, &FRENCH].concat();
    for (file, from, to, sentence) in [
        (
            ENGLISH[1],
            "4000",
            "4001",
            "client.wl is not what translate.py writes",
        ),
        (
            FRENCH[3],
            "SORTIR",
            "CONTINUER",
            "serveur_standard.wl is not what translate.py writes",
        ),
        (
            TRANSLATION[2],
            "\tLength\tTaille",
            "\tLength\tLongueur",
            "wdsocket.wl is not what translate.py writes",
        ),
        (
            ENGLISH[1],
            "// Start",
            "// Begin",
            "words.tsv has no French for the comment",
        ),
    ] {
        let folder = Folder::new(&all);
        folder.write(file, &text_of(file).replacen(from, to, 1));
        let outcome = translation_checked(&folder.0);
        let said = outcome.report();
        assert!(
            exits_with_1(&outcome) && said.contains(sentence),
            "{file}: {said}"
        );
    }
}

/// The pieces of the page's code in one language, each as a procedure of its own.
fn procedures_on_the_page(fence: &str) -> String {
    let page = text_of("windev/README.md");
    let pieces = page.split(fence).skip(1).enumerate();
    pieces
        .map(|(count, piece)| {
            let (code, _) = piece.split_once("```").expect("the end of the code");
            format!("PROCEDURE Page{count}()\n{code}\n")
        })
        .collect()
}

#[test]
fn the_code_on_the_page_is_wlanguage_that_the_module_serves() {
    for (fence, module, pieces) in [
        ("```wlanguage\n", ENGLISH[0], 3),
        ("```wlangage\n", FRENCH[0], 1),
    ] {
        let code = procedures_on_the_page(fence);
        assert_eq!(code.matches("PROCEDURE").count(), pieces);
        let folder = Folder::new(&[HEADER, module]);
        folder.write("page.wl", &code);
        assert_accepted(&folder.0, &[module, "page.wl"]);
    }
}

#[test]
fn the_page_lists_every_procedure_in_both_languages() {
    let page = text_of("windev/README.md");
    for (module, column) in [(ENGLISH[0], 1), (FRENCH[0], 2)] {
        let listed: Vec<_> = page
            .lines()
            .filter(|line| line.starts_with("| `wd"))
            .filter_map(|line| line.split(['|', '`']).nth(column * 3 - 1))
            .collect();
        let text = text_of(module);
        let own = ["// Procedures that only", "// Procédures que seules"];
        let (public, _) = own
            .iter()
            .find_map(|heading| text.split_once(heading))
            .expect("the procedures for the others come last");
        let declared: Vec<_> = public
            .lines()
            .filter_map(|line| line.strip_prefix("PROCEDURE "))
            .filter_map(|line| line.split('(').next())
            .collect();
        assert_eq!(listed, declared);
    }
}
