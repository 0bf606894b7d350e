//! `cargo xtask demo`: a tour of one agent's requests through the gateway.

use std::error::Error;
use std::io::IsTerminal;
use std::process::ExitCode;

use bailiwick_engine::evidence::verify_chain;
use bailiwick_tests::scene::Scene;
use bailiwick_tests::tour::show::{self, Colour};
use bailiwick_tests::tour::{self, Gatekeeper, Step, biscuits, handing_on};
use bailiwick_tests::warrants;
use clap::Parser;

/// Shows an agent's requests through a gateway with the plugin, in front of a real MCP server.
#[derive(Debug, Parser)]
struct Arguments {
    /// Compare every step with what it should be, and fail if one differs
    #[arg(long)]
    check: bool,
    /// Leave everything running afterwards, and print commands to try
    #[arg(long, conflicts_with = "check")]
    keep: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(differences) if differences.is_empty() => ExitCode::SUCCESS,
        Ok(differences) => {
            for difference in differences {
                eprintln!("differs: {difference}");
            }
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Gives the tour; returns what should have been otherwise, which `--check` takes for a failure.
async fn run(arguments: &Arguments) -> Result<Vec<String>, Box<dyn Error>> {
    let plain = !std::io::stdout().is_terminal() || std::env::var_os("NO_COLOR").is_some();
    let colour = if plain { Colour::Off } else { Colour::On };
    let scene = Scene::set().await?;
    let root = scene.mint.key("root", "ES256")?;
    let issuer = biscuits::Issuer::start()?;
    let configuration = issuer.trusted_by(warrants::configuration(&root));
    let gatekeeper = Gatekeeper::start(&scene, &configuration).await?;
    println!(
        "{} with bailiwick.wasm at {}, in front of an MCP server",
        gatekeeper.name(),
        gatekeeper.address()
    );
    println!("{}\n", colour.dim("agent support-bot acts for alice; its token is signed by an issuer whose keys are fetched"));

    let by_token = tour::steps(&scene)?;
    let by_chain = handing_on::steps(&scene, &root)?;
    let by_biscuit = issuer.steps()?;
    let handed_on = by_chain.iter().chain(&by_biscuit);
    let steps: Vec<_> = by_token.iter().chain(handed_on).collect();
    let chains_from = by_token.len().saturating_add(1);
    let biscuits_from = chains_from.saturating_add(by_chain.len());
    let mut differences = Vec::new();
    let mut reached = 0_usize;
    for (number, step) in (1..).zip(&steps) {
        for (first, who) in [
            (chains_from, handing_on::WHO),
            (biscuits_from, biscuits::WHO),
        ] {
            if number == first {
                println!("{}\n", colour.dim(who));
            }
        }
        let taken = tour::take(&scene, &gatekeeper, Step::clone(step)).await?;
        println!("{}\n", show::taken(number, &taken, colour));
        differences.extend(taken.differences());
        reached = reached.saturating_add(usize::from(taken.reached_server));
    }
    differences.extend(show_evidence(&gatekeeper, steps.len(), colour).await);
    println!(
        "\nThe MCP server got {reached} of {} requests.",
        steps.len()
    );
    if arguments.keep {
        keep(&scene, &gatekeeper, &by_token).await?;
    }
    Ok(if arguments.check {
        differences
    } else {
        Vec::new()
    })
}

/// Prints each record, and says what is wrong with them.
async fn show_evidence(gatekeeper: &Gatekeeper, count: usize, colour: Colour) -> Vec<String> {
    let records = gatekeeper.records(count).await;
    println!(
        "{}",
        colour.bold("What was recorded, one line per decision:")
    );
    for record in &records {
        println!("  {}", show::record(record, colour));
    }
    let mut wrong = Vec::new();
    if records.len() != count {
        wrong.push(format!("{} records, expected {count}", records.len()));
    }
    match verify_chain(records.iter().map(String::as_str)) {
        Ok(_) => println!("\nEach worker's chain of records holds."),
        Err(error) => wrong.push(format!("the records' chain: {error}")),
    }
    wrong
}

/// Prints how to go on by hand, and waits.
async fn keep(
    scene: &Scene,
    gatekeeper: &Gatekeeper,
    steps: &[Step],
) -> Result<(), Box<dyn Error>> {
    let url = format!("http://{}", gatekeeper.address());
    println!("\nIt stays up until you press Ctrl-C. The token is good for five minutes:\n");
    println!("export TOKEN={}\n", scene.token()?);
    for step in steps.iter().filter(|step| step.status != 401) {
        println!(
            "# {}: {}\n{}\n",
            step.title,
            step.status,
            show::curl(&url, &step.request)
        );
    }
    Ok(tokio::signal::ctrl_c().await?)
}
