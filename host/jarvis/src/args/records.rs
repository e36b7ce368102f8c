//! What is written down, as it is asked for: runs, exchanges by voice, the audit log.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct RunsArgs {
    #[command(subcommand)]
    pub(crate) command: Option<RunsCommand>,
    /// The id of a run or an exchange, or a beginning of it that no other has
    pub(crate) id: Option<String>,
    /// What was heard that led to no run: false wake words, what nobody understood,
    /// failures, announcements
    #[arg(long, conflicts_with = "id")]
    pub(crate) exchanges: bool,
    /// How many
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: usize,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// List the newest, as without a word
    List {
        /// What was heard that led to no run
        #[arg(long)]
        exchanges: bool,
        /// How many
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// Tell one run or exchange in words, and all that it did
    Show {
        /// Its id, or a beginning of it that no other has
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Show the newest lines
    Show {
        /// Only this run; a beginning of its id is enough
        #[arg(long)]
        run: Option<String>,
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Check that no line was changed or removed
    Verify {
        /// The state folder; the settings' one if left out
        #[arg(long)]
        folder: Option<PathBuf>,
    },
}
