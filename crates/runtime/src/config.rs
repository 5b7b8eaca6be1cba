//! Configuration: defaults in code, then a TOML file, then `PAGEMILL__SECTION__KEY` from the environment. In: a file and
//! variables. Out: a typed value, or one line that names the key that is wrong. Never a silent default for a typo.

use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

const PREFIX: &str = "PAGEMILL__";

/// What is wrong with the configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("the configuration file {} cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("the configuration file {} is no TOML: {message}", path.display())]
    NotToml { path: PathBuf, message: String },
    #[error("{origin}: {message}")]
    Invalid { origin: String, message: String },
}

/// Loads a configuration.
///
/// # Errors
/// When the file cannot be read or parsed, when a key is unknown or a value has the wrong type.
pub fn load<T: DeserializeOwned>(file: Option<&Path>) -> Result<T, ConfigError> {
    let environment = std::env::vars().filter(|(name, _)| name.starts_with(PREFIX));
    from_parts(file, environment)
}

fn from_parts<T: DeserializeOwned>(
    file: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<T, ConfigError> {
    let mut table = match file {
        None => Table::new(),
        Some(path) => read(path)?,
    };
    let origin_of_file = file.map_or("configuration".to_owned(), |path| path.display().to_string());
    // The file by itself first: an error in it is then told apart from one in the environment.
    parse::<T>(&table, &origin_of_file)?;
    let mut variables: Vec<(String, String)> = environment.collect();
    variables.sort();
    for (name, text) in variables {
        let path: Vec<String> = name[PREFIX.len()..].split("__").map(str::to_lowercase).collect();
        table = with_variable::<T>(table, &name, &path, &text)?;
    }
    parse(&table, &origin_of_file)
}

fn read(path: &Path) -> Result<Table, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    text.parse().map_err(|error: toml::de::Error| ConfigError::NotToml {
        path: path.to_owned(),
        message: error.message().to_owned(),
    })
}

fn parse<T: DeserializeOwned>(table: &Table, origin: &str) -> Result<T, ConfigError> {
    serde_path_to_error::deserialize(Value::Table(table.clone())).map_err(|error| {
        let path = error.path().to_string();
        let message = error.into_inner().message().to_owned();
        let message = if path == "." { message } else { format!("`{path}`: {message}") };
        ConfigError::Invalid { origin: origin.to_owned(), message }
    })
}

/// The table with a variable set. A variable has no type: what the key wants decides, so it is tried as TOML and as
/// plain text, and only what parses is kept.
fn with_variable<T: DeserializeOwned>(
    table: Table,
    name: &str,
    path: &[String],
    text: &str,
) -> Result<Table, ConfigError> {
    let typed = format!("value = {text}").parse::<Table>().ok().and_then(|mut t| t.remove("value"));
    let plain = Value::String(text.to_owned());
    let mut first_error = None;
    for value in [typed, Some(plain)].into_iter().flatten() {
        let mut candidate = table.clone();
        set(&mut candidate, path, value);
        match parse::<T>(&candidate, name) {
            Ok(_) => return Ok(candidate),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    Err(first_error
        .unwrap_or_else(|| ConfigError::Invalid { origin: name.to_owned(), message: "no value".into() }))
}

fn set(table: &mut Table, path: &[String], value: Value) {
    match path {
        [] => {}
        [key] => {
            table.insert(key.clone(), value);
        }
        [section, rest @ ..] => {
            let entry = table.entry(section.clone()).or_insert_with(|| Value::Table(Table::new()));
            if !entry.is_table() {
                *entry = Value::Table(Table::new());
            }
            if let Value::Table(inner) = entry {
                set(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::io::Write;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default, deny_unknown_fields)]
    struct Sample {
        name: String,
        server: Server,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(default, deny_unknown_fields)]
    struct Server {
        port: u16,
        hosts: Vec<String>,
    }

    impl Default for Server {
        fn default() -> Self {
            Self { port: 80, hosts: vec![] }
        }
    }

    fn from(file: &str, variables: &[(&str, &str)]) -> Result<Sample, String> {
        let mut path = tempfile::NamedTempFile::new().expect("a file");
        path.write_all(file.as_bytes()).expect("written");
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        from_parts(Some(path.path()), variables).map_err(|error| error.to_string())
    }

    #[test]
    fn the_file_overrides_defaults_and_the_environment_both() {
        let sample =
            from("name = 'a'\n[server]\nport = 1", &[("PAGEMILL__SERVER__PORT", "2")]).expect("loads");
        assert_eq!(sample, Sample { name: "a".into(), server: Server { port: 2, hosts: vec![] } });
        let sample =
            from("", &[("PAGEMILL__NAME", "80"), ("PAGEMILL__SERVER__HOSTS", "['x']")]).expect("loads");
        assert_eq!(
            (sample.name.as_str(), sample.server.hosts.len()),
            ("80", 1),
            "a text may look like a number"
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        let check = |outcome: Result<Sample, String>, parts: &[&str]| {
            let message = outcome.expect_err("must not load");
            assert!(parts.iter().all(|part| message.contains(part)), "{message}");
            assert!(!message.contains('\n'), "one line: {message}");
        };
        check(from("[server]\nprot = 1", &[]), &["prot", "port"]);
        check(from("[server]\nport = 'x'", &[]), &["server.port", "u16"]);
        check(from("", &[("PAGEMILL__SERVER__PRT", "1")]), &["PAGEMILL__SERVER__PRT", "prt"]);
        check(from("= 1", &[]), &["no TOML"]);
        assert!(matches!(
            load::<Sample>(Some(Path::new("/no/such.toml"))),
            Err(ConfigError::Unreadable { .. })
        ));
    }
}
