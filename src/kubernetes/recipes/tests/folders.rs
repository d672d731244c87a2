//! Files that are missing, and files that nothing reads.

use super::*;

#[test]
fn a_stage_without_its_file_is_named() {
    let mut texts = shipped();
    texts.remove("ghost/40-route.yaml.j2");
    assert_eq!(
        flaws(&texts),
        ["ghost: has no file for stage route, which would be called <digits>-route.yaml.j2"]
    );
}

#[test]
fn files_that_belong_to_no_stage_are_named() {
    for (path, says) in [
        (
            "ghost/50-party.yaml.j2",
            "belongs to no stage: a manifest is named after its stage, as in 20-app.yaml.j2",
        ),
        (
            "ghost/20-app.yaml",
            "belongs to no stage: a manifest is named after its stage, as in 20-app.yaml.j2",
        ),
        (
            "ghost/99-app.yaml.j2",
            "is of the same stage as ghost/20-app.yaml.j2",
        ),
        (
            "n8n/25-owner.yaml.j2",
            "is of stage owner, which service.yaml gives no reason for",
        ),
        ("static/10-app.yaml.j2", ""),
    ] {
        let mut texts = shipped();
        // The same text as the stage's own file, so that nothing else is wrong with it.
        let text = texts["ghost/20-app.yaml.j2"].clone();
        texts.insert(path.into(), text);
        let expected = match says {
            "" => "static/service.yaml: is missing, and without it this folder is no recipe".into(),
            says => format!("{path}: {says}"),
        };
        assert_eq!(flaws(&texts), [expected]);
    }
}

#[test]
fn what_a_folder_holds_besides_is_named() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tmp");
    let folder = folder.join(format!("recipes-{}", uuid::Uuid::now_v7().simple()));
    std::fs::create_dir_all(folder.join("ghost/old")).unwrap();
    for (path, text) in shipped() {
        if path.starts_with("ghost/") {
            std::fs::write(folder.join(path), text).unwrap();
        }
    }
    std::fs::write(folder.join("README.md"), "Ours").unwrap();
    std::fs::write(folder.join("ghost/README.md"), "Ours").unwrap();
    std::fs::write(folder.join("notes.txt"), "?").unwrap();
    std::fs::write(folder.join("ghost/10-database.yaml.j2"), [0xff, 0xfe]).unwrap();
    let found = from(&folder).unwrap_err().to_string();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(
        found,
        "the recipes cannot be used:\
         \n  - ghost: has no file for stage database, which would be called <digits>-database.yaml.j2\
         \n  - ghost/10-database.yaml.j2: cannot be read: stream did not contain valid UTF-8\
         \n  - ghost/old: is a folder within a recipe, and nothing reads it\
         \n  - notes.txt: belongs to no recipe: each has a folder of its own"
    );
}

#[test]
fn a_folder_that_is_not_there_is_said_to_be_so() {
    let found = from(Path::new("/nowhere/at/all")).unwrap_err();
    assert_eq!(
        found.to_string(),
        "the recipes cannot be used:\
         \n  - .: holds no recipe, and there would be nothing to sell\
         \n  - /nowhere/at/all: cannot be read: No such file or directory (os error 2)"
    );
}
