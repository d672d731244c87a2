use super::*;

/// Millicores or MiB.
fn figure(quantity: &Quantity) -> u64 {
    let text = quantity.0.as_str();
    let (digits, factor) = match text {
        _ if text.ends_with("Gi") => (&text[..text.len() - 2], 1_024),
        _ if text.ends_with("Mi") => (&text[..text.len() - 2], 1),
        _ if text.ends_with('m') => (&text[..text.len() - 1], 1),
        _ => (text, 1_000),
    };
    digits.parse::<u64>().unwrap() * factor
}

#[test]
fn the_quota_is_the_sum_of_all_pods_that_can_be_there_at_once() {
    let recipes = recipes();
    for recipe in recipes.iter() {
        let mut spec = sample(recipe);
        spec.plan = PlanResources {
            cpu_millicores: 750,
            memory_mib: 768,
            storage_mib: 10_240,
        };
        let objects = everything(&recipes, &spec);
        let hard = decoded::<ResourceQuota>(&objects, "ResourceQuota")
            .remove(0)
            .spec
            .unwrap()
            .hard
            .unwrap();
        for side in ["requests", "limits"] {
            for amount in ["cpu", "memory", "ephemeral-storage"] {
                let (jobs, others): (Vec<_>, Vec<_>) = pod_templates(&objects)
                    .into_iter()
                    .partition(|template| template.spec.as_ref().unwrap().restart_policy.is_some());
                let figure_of = |template: &PodTemplateSpec| pod_figure(template, side, amount);
                let largest = jobs.iter().map(figure_of).max().unwrap_or(0);
                // The app's pod comes twice: the old one counts until it has ended.
                let app = figure_of(others.first().unwrap());
                let needed = app + others.iter().map(figure_of).sum::<u64>() + largest;
                assert_eq!(
                    figure(&hard[&format!("{side}.{amount}")]),
                    needed,
                    "{} {side}.{amount}",
                    recipe.name
                );
            }
        }
        assert_eq!(figure(&hard["requests.storage"]), 10_240 + 5_120);
    }
}

/// What the scheduler counts: containers and sidecars together, or the largest init container.
fn pod_figure(template: &PodTemplateSpec, side: &str, amount: &str) -> u64 {
    let pod = template.spec.as_ref().unwrap();
    let of = |container: &Container| {
        let resources = container.resources.as_ref().unwrap();
        let amounts = if side == "requests" {
            &resources.requests
        } else {
            &resources.limits
        };
        figure(&amounts.as_ref().unwrap()[amount])
    };
    let inits = pod.init_containers.as_deref().unwrap_or_default();
    let (sidecars, steps): (Vec<_>, Vec<_>) =
        inits.iter().partition(|init| init.restart_policy.is_some());
    let running: u64 = pod.containers.iter().chain(sidecars).map(of).sum();
    running.max(steps.into_iter().map(of).max().unwrap_or(0))
}

#[test]
fn the_app_gets_the_plans_figures_and_a_mirror_replaces_the_registry_alone() {
    let recipes = recipes();
    let mut spec = spec(&recipes, "n8n");
    spec.settings.registry = "mirror.example.id/apps/".into();
    let deployment = decoded::<Deployment>(&everything(&recipes, &spec), "Deployment").remove(0);
    let app = deployment
        .spec
        .unwrap()
        .template
        .spec
        .unwrap()
        .containers
        .remove(0);
    assert_eq!(
        app.image.as_deref(),
        Some("mirror.example.id/apps/n8nio/n8n:2.40.0")
    );
    let resources = app.resources.unwrap();
    assert_eq!(resources.requests.unwrap()["cpu"].0, "500m");
    assert_eq!(resources.limits.unwrap()["memory"].0, "512Mi");
}

#[test]
fn what_an_instance_asks_for_is_its_quota_without_the_job_and_the_apps_successor() {
    let recipes = recipes();
    for recipe in recipes.iter() {
        let plan = sample(recipe).plan;
        let pods = recipes.pods(&recipe.name, plan).unwrap();
        let job = recipe.overhead.job.map_or(0, |job| job.requests.memory_mib);
        let memory: u32 = pods.iter().map(|pod| pod.memory_mib).sum();
        let objects = everything(&recipes, &sample(recipe));
        let quota = decoded::<ResourceQuota>(&objects, "ResourceQuota").remove(0);
        let hard = quota.spec.unwrap().hard.unwrap();
        let successor = pods[0].memory_mib;
        assert_eq!(
            u64::from(memory + job + successor),
            figure(&hard["requests.memory"])
        );
        assert!(
            pods.iter()
                .all(|pod| pod.pods == 1 && pod.cpu_millicores > 0)
        );
    }
}
