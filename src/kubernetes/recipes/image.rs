//! The name of an image: `[host[:port]/]path[:tag][@sha256:…]`.

/// Why this does not name one image for ever; none where it does.
pub(super) fn flaw(image: &str) -> Option<String> {
    let (name, digest) = match image.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (image, None),
    };
    let last = name.rfind('/').map_or(0, |at| at + 1);
    let (path, tag) = match name[last..].split_once(':') {
        Some((part, tag)) => (&name[..last + part.len()], Some(tag)),
        None => (name, None),
    };
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "._-/:".contains(letter);
    if path.is_empty() || !path.chars().all(is_part) || path.ends_with('/') {
        return Some(format!("image {image} has no readable name"));
    }
    match tag {
        Some("latest") => Some(format!(
            "image {image} is another one tomorrow: name a version instead of latest"
        )),
        Some(tag) if !is_tag(tag) => Some(format!("image {image} has a malformed tag")),
        None if digest.is_none() => Some(format!(
            "image {image} has no tag: name a version, as in {image}:1.2.3"
        )),
        _ if digest.is_some_and(|digest| !is_digest(digest)) => Some(format!(
            "image {image} has a malformed digest: it is sha256: and 64 digits of 0-9 and a-f"
        )),
        _ => None,
    }
}

fn is_tag(tag: &str) -> bool {
    let rest = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let first = tag.starts_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '_');
    first && tag.len() <= 128 && tag.chars().all(|letter| rest(letter) || letter == '_')
}

pub(super) fn is_digest(digest: &str) -> bool {
    digest.strip_prefix("sha256:").is_some_and(|digits| {
        digits.len() == 64
            && digits
                .bytes()
                .all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// The same image from the installation's mirror: its registry's host is replaced, its path, tag and digest stay.
pub(super) fn mirrored(image: &str, registry: &str) -> String {
    let registry = registry.trim_end_matches('/');
    if registry.is_empty() {
        return image.to_owned();
    }
    let path = match image.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => path,
        _ => image,
    };
    format!("{registry}/{path}")
}
