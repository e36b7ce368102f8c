//! Whether each skill in the folder of skills could serve.

use std::path::{Path, PathBuf};

use jarvis_domain::Fault;
use jarvis_skill_host::{check_folder, skill_folders};

use super::{Finding, Patient};

const SKILLS: &str = "skills";

/// Looks at each skill.
pub(super) async fn look(patient: &Patient<'_>) -> Vec<Finding> {
    let folder = match crate::wiring::skills_folder(patient.settings.skills.folder.clone()) {
        Ok(folder) => folder,
        Err(fault) => return vec![Finding::of(SKILLS, &fault)],
    };
    match skill_folders(&folder) {
        Ok(skills) if skills.is_empty() => vec![Finding::ill(
            SKILLS,
            format!("there is no skill in {}", folder.display()),
            "Each skill is a folder there with a skill.yaml; without one jarvis can do nothing.",
        )],
        Ok(skills) => each(&folder, &skills).await,
        Err(error) => {
            let hint = "Set skills.folder, or install the package, which brings some.";
            vec![Finding::ill(SKILLS, Fault::from(&error).to_string(), hint)]
        }
    }
}

/// How many could serve, and each that cannot: all that a start would check but for what
/// the settings and administrators allow.
async fn each(folder: &Path, skills: &[PathBuf]) -> Vec<Finding> {
    let mut broken = Vec::new();
    for skill in skills {
        if let Err(fault) = check_folder(skill).await {
            let says = format!("{} cannot serve: {fault}", skill.display());
            broken.push(Finding::ill(SKILLS, says, fault.hint.clone()));
        }
    }
    let (sound, all) = (skills.len() - broken.len(), skills.len());
    let says = format!(
        "{sound} of {all} skills in {} could serve; jarvis skill list tells what each is allowed",
        folder.display()
    );
    std::iter::once(Finding::well(SKILLS, says)).filter(|_| sound > 0).chain(broken).collect()
}
