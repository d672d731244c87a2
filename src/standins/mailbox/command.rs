//! Reads SMTP command lines (RFC 5321). Pure.

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    Helo,
    Ehlo,
    Mail {
        from: String,
        size: usize,
        utf8: bool,
    },
    Rcpt {
        to: String,
    },
    Data,
    Rset,
    Noop,
    Quit,
    Vrfy,
    Help,
    Auth {
        mechanism: String,
        initial: Option<String>,
    },
}

/// The reply to a line that is no command we take.
pub(super) type Complaint = &'static str;

const NO_SUCH_PARAMETER: Complaint = "555 5.5.4 Parameter not known";

pub(super) fn parse(line: &str) -> Result<Command, Complaint> {
    let (verb, rest) = line
        .split_once(' ')
        .map_or((line, ""), |(verb, rest)| (verb, rest.trim()));
    let without = |command: Command| {
        if rest.is_empty() {
            Ok(command)
        } else {
            Err("501 5.5.4 No parameters allowed")
        }
    };
    match verb.to_ascii_uppercase().as_str() {
        "HELO" | "EHLO" if rest.is_empty() => Err("501 5.5.4 Your name, please"),
        "HELO" => Ok(Command::Helo),
        "EHLO" => Ok(Command::Ehlo),
        "MAIL" => mail(rest),
        "RCPT" => rcpt(rest),
        "DATA" => without(Command::Data),
        "RSET" => without(Command::Rset),
        "QUIT" => without(Command::Quit),
        "NOOP" => Ok(Command::Noop),
        "VRFY" => Ok(Command::Vrfy),
        "HELP" => Ok(Command::Help),
        "AUTH" => auth(rest),
        "EXPN" | "STARTTLS" | "TURN" | "BDAT" => Err("502 5.5.1 Not implemented here"),
        _ => Err("500 5.5.2 Command not known"),
    }
}

fn mail(rest: &str) -> Result<Command, Complaint> {
    let (from, parameters) = path(rest, "FROM:")?;
    let (mut size, mut utf8) = (0, false);
    for parameter in parameters.split_ascii_whitespace() {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match name.to_ascii_uppercase().as_str() {
            "SIZE" => {
                size = value
                    .parse()
                    .map_err(|_| "501 5.5.4 SIZE is not a number")?
            }
            "BODY"
                if value.eq_ignore_ascii_case("7BIT") || value.eq_ignore_ascii_case("8BITMIME") => {
            }
            "SMTPUTF8" => utf8 = true,
            "AUTH" => {}
            _ => return Err(NO_SUCH_PARAMETER),
        }
    }
    if !utf8 && !from.is_ascii() {
        return Err("553 5.6.7 SMTPUTF8 was not asked for");
    }
    Ok(Command::Mail { from, size, utf8 })
}

fn rcpt(rest: &str) -> Result<Command, Complaint> {
    let (to, parameters) = path(rest, "TO:")?;
    if !parameters.trim().is_empty() {
        return Err(NO_SUCH_PARAMETER);
    }
    let whole = to.eq_ignore_ascii_case("postmaster")
        || to
            .split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    if whole {
        Ok(Command::Rcpt { to })
    } else {
        Err("553 5.1.3 That is no mailbox")
    }
}

/// `FROM:<path> parameters`; an old source route before the mailbox is ignored.
fn path<'a>(rest: &'a str, keyword: &str) -> Result<(String, &'a str), Complaint> {
    const MALFORMED: Complaint = "501 5.5.2 Write it like FROM:<someone@example.com>";
    let start = rest
        .get(..keyword.len())
        .filter(|start| start.eq_ignore_ascii_case(keyword));
    let inner = start
        .and_then(|_| rest[keyword.len()..].trim_start().strip_prefix('<'))
        .ok_or(MALFORMED)?;
    let (path, parameters) = inner.split_once('>').ok_or(MALFORMED)?;
    if path.contains(|c: char| c.is_whitespace() || c.is_control() || c == '<') || path.len() > 254
    {
        return Err(MALFORMED);
    }
    let mailbox = match path.strip_prefix('@') {
        Some(route) => route.split_once(':').ok_or(MALFORMED)?.1,
        None => path,
    };
    Ok((mailbox.to_owned(), parameters))
}

fn auth(rest: &str) -> Result<Command, Complaint> {
    let mut words = rest.split_ascii_whitespace();
    let mechanism = words
        .next()
        .ok_or("501 5.5.4 Which mechanism?")?
        .to_ascii_uppercase();
    match mechanism.as_str() {
        "PLAIN" | "LOGIN" => Ok(Command::Auth {
            mechanism,
            initial: words.next().map(str::to_owned),
        }),
        _ => Err("504 5.5.4 Mechanism not known"),
    }
}
