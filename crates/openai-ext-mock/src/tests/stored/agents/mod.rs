//! Agents and what belongs to them.

mod automations_tests;
mod environments_tests;
mod listener;
mod scripts_tests;
mod sessions_tests;
mod streams_tests;
mod vaults_tests;
