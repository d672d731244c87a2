//! ValidatingAdmissionPolicies: their expressions, evaluated on what somebody asks to write or delete. Parameters,
//! conditions, variables and validations count; selectors of namespaces and objects are not looked at, and the server's
//! own controllers are not judged.

use std::collections::HashMap;

use cel::{Context, Program, Value as Outcome};
use serde_json::{Value, json};

use super::super::access::User;
use super::super::kinds;
use super::super::paths::{list, text};
use super::super::refusal::Refusal;
use super::super::store::{Key, Store};

/// A write that waits for its verdict.
pub(in super::super) struct Wish<'a> {
    pub(in super::super) user: &'a User,
    /// `CREATE`, `UPDATE` or `DELETE`.
    pub(in super::super) operation: &'a str,
    pub(in super::super) key: &'a Key,
    /// As in `eviction`; empty where the object itself is meant.
    pub(in super::super) subresource: &'a str,
    pub(in super::super) new: Option<&'a Value>,
    pub(in super::super) old: Option<&'a Value>,
    pub(in super::super) dry_run: bool,
}

/// Refuses what a bound policy denies.
pub(in super::super) fn judge(store: &Store, wish: &Wish) -> Result<(), Refusal> {
    let bindings = store.list(kinds::known("validatingadmissionpolicybindings"), None);
    for (name, binding) in bindings {
        let denies = list(binding, "/spec/validationActions")
            .iter()
            .any(|action| action == "Deny");
        let policy = text(binding, "/spec/policyName");
        let key = Key::of("validatingadmissionpolicies", "", policy);
        let Some(stated) = store.get(&key).filter(|_| denies) else {
            continue;
        };
        if concerns(stated, wish)
            && let Err(why) = validate(store, stated, binding, wish)
        {
            let why = format!(
                "ValidatingAdmissionPolicy '{policy}' with binding '{}' denied request: {why}",
                name.name
            );
            return Err(Refusal::denied(wish.key.kind, &wish.key.name, &why));
        }
    }
    Ok(())
}

fn concerns(policy: &Value, wish: &Wish) -> bool {
    let kind = wish.key.kind;
    let has = |rule: &Value, field: &str, wanted: &str| {
        let mut given = list(rule, field).iter();
        given.any(|one| one == "*" || one == wanted)
    };
    list(policy, "/spec/matchConstraints/resourceRules")
        .iter()
        .any(|rule| {
            has(rule, "/apiGroups", kind.group)
                && has(rule, "/apiVersions", kind.version)
                && has(rule, "/operations", wish.operation)
                && list(rule, "/resources")
                    .iter()
                    .filter_map(Value::as_str)
                    .any(|resource| is_of(resource, wish))
        })
}

/// `pods` is the pods themselves, `pods/eviction` and `pods/*` are what is below them; `*` stands for any resource.
fn is_of(resource: &str, wish: &Wish) -> bool {
    let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
    (resource == "*" || resource == wish.key.kind.plural)
        && (subresource == "*" || subresource == wish.subresource)
}

fn validate(store: &Store, policy: &Value, binding: &Value, wish: &Wish) -> Result<(), String> {
    let mut context = Context::default();
    let mut declare = |name: &str, value: &Value| {
        let declared = context.add_variable(name, value);
        declared.map_err(|error| format!("{name} cannot be declared: {error}"))
    };
    let within = Key::of("namespaces", "", &wish.key.namespace);
    let nothing = Value::Null;
    declare("request", &request(wish))?;
    declare("object", wish.new.unwrap_or(&nothing))?;
    declare("oldObject", wish.old.unwrap_or(&nothing))?;
    let namespace = store.get(&within).map_or(&nothing, |found| found.as_ref());
    declare("namespaceObject", namespace)?;
    match parameters(store, policy, binding)? {
        Parameters::Unnamed => {}
        Parameters::Unreferenced => declare("params", &nothing)?,
        Parameters::Found(params) => declare("params", params)?,
        Parameters::Unneeded => return Ok(()),
    }
    for condition in list(policy, "/spec/matchConditions") {
        if !holds(&context, condition)? {
            return Ok(());
        }
    }
    let mut variables: HashMap<String, Outcome> = HashMap::new();
    context.add_variable_from_value("variables", variables.clone());
    for variable in list(policy, "/spec/variables") {
        let value = evaluate(&context, variable)?;
        variables.insert(text(variable, "/name").to_owned(), value);
        context.add_variable_from_value("variables", variables.clone());
    }
    for validation in list(policy, "/spec/validations") {
        if !holds(&context, validation)? {
            return Err(match text(validation, "/message") {
                "" => format!(
                    "failed expression: {}",
                    text(validation, "/expression").trim()
                ),
                message => message.to_owned(),
            });
        }
    }
    Ok(())
}

enum Parameters<'a> {
    /// The policy has none.
    Unnamed,
    /// The policy has some and the binding names none: they are null.
    Unreferenced,
    Found(&'a Value),
    /// They are not there, and the binding lets that pass.
    Unneeded,
}

/// Looked for before anybody asks whom the conditions mean: a binding that denies without its parameters denies everybody.
fn parameters<'a>(
    store: &'a Store,
    policy: &Value,
    binding: &Value,
) -> Result<Parameters<'a>, String> {
    let kind = policy.pointer("/spec/paramKind");
    let kind =
        kind.and_then(|kind| kinds::of_object(text(kind, "/apiVersion"), text(kind, "/kind")));
    let Some(kind) = kind else {
        return Ok(Parameters::Unnamed);
    };
    if binding.pointer("/spec/paramRef").is_none() {
        return Ok(Parameters::Unreferenced);
    }
    let reference = |field: &str| text(binding, &format!("/spec/paramRef/{field}"));
    let key = Key::new(kind, reference("namespace"), reference("name"));
    match (store.get(&key), reference("parameterNotFoundAction")) {
        (Some(found), _) => Ok(Parameters::Found(found.as_ref())),
        (None, "Allow") => Ok(Parameters::Unneeded),
        (None, _) => Err(
            "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction"
                .into(),
        ),
    }
}

fn request(wish: &Wish) -> Value {
    let key = wish.key;
    let namespace = match key.kind.is("namespaces") {
        true => &key.name,
        false => &key.namespace,
    };
    let mut request = json!({
        "name": key.name,
        "namespace": namespace,
        "subResource": wish.subresource,
        "operation": wish.operation,
        "dryRun": wish.dry_run,
        "userInfo": {"username": wish.user.name, "groups": wish.user.groups},
        "kind": {"group": key.kind.group, "version": key.kind.version, "kind": key.kind.kind},
        "resource": {"group": key.kind.group, "version": key.kind.version, "resource": key.kind.plural},
    });
    // What is empty is left out, and to ask for it is an error.
    if let Some(fields) = request.as_object_mut() {
        fields.retain(|_, value| *value != "");
    }
    request
}

fn evaluate(context: &Context, part: &Value) -> Result<Outcome, String> {
    let expression = text(part, "/expression");
    let program = Program::compile(expression)
        .map_err(|error| format!("expression '{expression}' cannot be compiled: {error}"))?;
    program
        .execute(context)
        .map_err(|error| format!("expression '{expression}' resulted in error: {error}"))
}

/// An expression that fails denies, as `failurePolicy: Fail` does.
fn holds(context: &Context, part: &Value) -> Result<bool, String> {
    match evaluate(context, part)? {
        Outcome::Bool(answer) => Ok(answer),
        other => Err(format!("an expression gave {other:?}, which is no truth")),
    }
}
