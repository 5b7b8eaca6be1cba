use super::super::{ReadLimits, drawn};
use super::*;
use crate::page_ids::page_ids;
use flate2::{Compression, write::ZlibEncoder};
use std::io::Write;

/// Larger than a page of these tests may be.
const MOST: u64 = 1 << 20;

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("memory")
}

/// A PDF of two pages: the first with `contents` (references from 6 on) and streams of a dictionary and bytes each.
fn file(contents: &str, streams: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut objects: Vec<Vec<u8>> = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2/MediaBox[0 0 99 99]>>".to_vec(),
        format!("<</Type/Page/Parent 2 0 R/Contents {contents}/Resources<</XObject<</A 7 0 R>>>>>>")
            .into_bytes(),
        b"<</Type/Page/Parent 2 0 R/Contents 5 0 R>>".to_vec(),
        b"<</Length 3>>stream\nq Q\nendstream".to_vec(),
    ];
    objects.extend(streams.iter().map(|(dictionary, bytes)| {
        let head = format!("<</Length {}{dictionary}>>stream\n", bytes.len());
        [head.as_bytes(), bytes, b"\nendstream"].concat()
    }));
    drawn::file_of(&objects)
}

fn check(contents: &str, streams: &[(&str, Vec<u8>)], expected: bool) {
    let bytes = file(contents, streams);
    let objects = drawn::load(&bytes).expect("a file");
    let found = oversized_pages(&objects, &page_ids(&objects).collect(), MOST);
    assert_eq!(found, if expected { [1].into() } else { BTreeSet::new() }, "{contents}");
}

#[test]
fn content_is_counted_through_its_filters() {
    let spaces = |bytes: u64| vec![b' '; bytes as usize];
    let (most, more) = (deflated(&spaces(MOST - 9)), deflated(&spaces(MOST + 9)));
    check("6 0 R", &[("/Filter/FlateDecode", most.clone())], false);
    check("6 0 R", &[("/Filter/FlateDecode", more.clone())], true);
    check("6 0 R", &[("/Filter[/Fl]", more.clone())], true);
    check("6 0 R", &[("/Filter[/FlateDecode/FlateDecode]", deflated(&more))], true);
    check("6 0 R", &[("/Filter[/FlateDecode/FlateDecode]", deflated(&most))], false);
    let hexadecimal: Vec<u8> = more.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect();
    check("6 0 R", &[("/Filter[/ASCIIHexDecode/FlateDecode]", hexadecimal)], true);
    check("6 0 R", &[("", spaces(MOST + 9))], true);
    // What stands before damage counts.
    let damaged = [&deflated(&spaces(2 * MOST))[..MOST as usize / 600], b"damage to the end"].concat();
    check("6 0 R", &[("/Filter/FlateDecode", damaged)], true);
    check("6 0 R", &[("/Filter/FlateDecode", b"no deflate at all".repeat(99))], false);
}

#[test]
fn a_filter_that_swallows_what_another_inflates_is_counted() {
    // Empty blocks: five bytes that come to nothing.
    let nothing = [b"\x78\x01".as_slice(), &b"\x00\x00\x00\xff\xff".repeat(MOST as usize / 4)].concat();
    check("6 0 R", &[("/Filter[/FlateDecode/FlateDecode]", deflated(&nothing))], true);
}

#[test]
fn pieces_and_forms_add_up() {
    let half = || deflated(&vec![b' '; MOST as usize / 2 + 9]);
    check("[6 0 R 6 0 R]", &[("/Filter/FlateDecode", half())], true);
    check("[6 0 R]", &[("/Filter/FlateDecode", half())], false);
    let form = ("/Subtype/Form/BBox[0 0 9 9]/Filter/FlateDecode", half());
    check("[6 0 R]", &[("/Filter/FlateDecode", half()), form], true);
    // A picture is no content.
    let image = ("/Subtype/Image/Width 999/Height 999/Filter/FlateDecode", half());
    check("[6 0 R]", &[("/Filter/FlateDecode", half()), image], false);
}

#[test]
fn small_files_and_large_pictures_give_no_cause_to_look() {
    let most = ReadLimits::default().max_content_bytes_per_page;
    let cause = |dictionary: &str, bytes: usize| {
        may_be_oversized(&file("6 0 R", &[(dictionary, vec![1; bytes])]), most)
    };
    assert!(!cause("/Filter/FlateDecode", 100_000));
    assert!(cause("/Filter/FlateDecode", 200_000));
    assert!(!cause("/Subtype/Image/Filter/FlateDecode", 200_000));
    assert!(!cause("/Length1 700000/Filter/FlateDecode", 200_000));
    assert!(cause("/Filter[/FlateDecode/FlateDecode]", 1000));
}

#[test]
fn the_page_is_refused_and_says_why() {
    let folder = std::env::temp_dir().join(format!("pagemill-content-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("bomb.pdf");
    let bomb = deflated(&vec![b' '; 5 << 20]);
    std::fs::write(&path, file("6 0 R", &[("/Filter/FlateDecode", bomb)])).expect("a file");
    let limits = ReadLimits { max_content_bytes_per_page: 2 << 20, ..ReadLimits::default() };
    let refused = drawn::refused_pages(&path, &limits);
    assert_eq!(refused.keys().collect::<Vec<_>>(), [&1]);
    assert!(refused[&1].contains("more than 2 MiB"), "{refused:?}");
    assert!(drawn::refused_pages(&path, &ReadLimits::default()).is_empty());
    std::fs::remove_dir_all(&folder).expect("the folder");
}
