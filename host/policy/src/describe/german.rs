//! What calls do, in German: for each text of the tables in `rating` one that ends a
//! question, "Soll ich VM 101 herunterfahren?". A test finds what is missing.

/// The German for a text of the tables, with the same places to fill; none for one that
/// is not here.
pub(super) fn german(english: &str) -> Option<&'static str> {
    TEXTS.iter().find(|(text, _)| *text == english).map(|(_, german)| *german)
}

const TEXTS: &[(&str, &str)] = &[
    // What is done.
    ("abort the task {upid}", "den Vorgang {upid} abbrechen"),
    ("add a package source to node {node}", "auf Knoten {node} eine Paketquelle hinzufügen"),
    ("ask the agent of {guest}", "den Agenten von {guest} fragen"),
    ("back up guest {vmid} of node {node}", "Gast {vmid} von Knoten {node} sichern"),
    ("change the DNS settings of node {node}", "die DNS-Einstellungen von Knoten {node} ändern"),
    ("change the settings of the cluster", "die Einstellungen des Clusters ändern"),
    ("change the settings of {guest}", "die Einstellungen von {guest} ändern"),
    ("clone {guest} as {newid}", "{guest} als {newid} klonen"),
    ("create VM {vmid} on node {node}", "VM {vmid} auf Knoten {node} anlegen"),
    ("create container {vmid} on node {node}", "Container {vmid} auf Knoten {node} anlegen"),
    ("delete {guest}", "{guest} löschen"),
    ("detach {idlist} from {guest}", "{idlist} von {guest} lösen"),
    ("enlarge {disk} of {guest} to {size}", "{disk} von {guest} auf {size} vergrößern"),
    ("force-stop {guest}", "{guest} hart ausschalten"),
    ("freeze the disks of {guest}", "die Platten von {guest} einfrieren"),
    ("let {guest} write to its disks again", "{guest} wieder auf die Platten schreiben lassen"),
    ("make node {node} connect to {url}", "Knoten {node} mit {url} verbinden lassen"),
    (
        "make node {node} look for {kind} storage",
        "Knoten {node} nach Speicher der Art {kind} suchen lassen",
    ),
    ("change the package sources of node {node}", "die Paketquellen von Knoten {node} ändern"),
    ("delete the snapshot {snapname} of {guest}", "den Snapshot {snapname} von {guest} löschen"),
    (
        "delete {volume} from storage {storage} of node {node}",
        "{volume} aus Speicher {storage} von Knoten {node} löschen",
    ),
    (
        "describe the snapshot {snapname} of {guest}",
        "den Snapshot {snapname} von {guest} beschreiben",
    ),
    (
        "fetch the changelog of {name} on node {node}",
        "das Änderungsprotokoll von {name} auf Knoten {node} holen",
    ),
    (
        "make node {node} ask a registry for {reference}",
        "Knoten {node} eine Registry nach {reference} fragen lassen",
    ),
    (
        "make node {node} download the template {template}",
        "Knoten {node} die Vorlage {template} herunterladen lassen",
    ),
    (
        "make node {node} download {url} to storage {storage}",
        "Knoten {node} {url} in Speicher {storage} herunterladen lassen",
    ),
    (
        "make the cloud-init drive of {guest} anew",
        "das Cloud-Init-Laufwerk von {guest} neu erzeugen",
    ),
    (
        "move guests of node {node} to node {target}",
        "Gäste von Knoten {node} auf Knoten {target} verschieben",
    ),
    (
        "prune old backups on storage {storage} of node {node}",
        "alte Sicherungen in Speicher {storage} von Knoten {node} aufräumen",
    ),
    (
        "roll {guest} back to the snapshot {snapname}",
        "{guest} auf den Snapshot {snapname} zurücksetzen",
    ),
    (
        "start or reload the service {service} on node {node}",
        "den Dienst {service} auf Knoten {node} starten oder neu laden",
    ),
    (
        "stop or restart the service {service} on node {node}",
        "den Dienst {service} auf Knoten {node} anhalten oder neu starten",
    ),
    ("move the guests {vms} to node {target}", "die Gäste {vms} auf Knoten {target} verschieben"),
    ("move {disk} of {guest}", "{disk} von {guest} verschieben"),
    ("move {guest} to node {target}", "{guest} auf Knoten {target} verschieben"),
    ("move {volume} of {guest}", "{volume} von {guest} verschieben"),
    ("press {key} on the keyboard of {guest}", "auf der Tastatur von {guest} {key} drücken"),
    ("reboot node {node}", "Knoten {node} neu starten"),
    ("reboot {guest}", "{guest} neu starten"),
    ("refresh the package lists of node {node}", "die Paketlisten von Knoten {node} aktualisieren"),
    ("reset {guest}", "{guest} hart zurücksetzen"),
    ("resume {guest}", "{guest} fortsetzen"),
    ("rewrite /etc/hosts of node {node}", "auf Knoten {node} /etc/hosts neu schreiben"),
    ("set the time zone of node {node}", "die Zeitzone von Knoten {node} setzen"),
    ("shut down node {node}", "Knoten {node} herunterfahren"),
    ("shut down the guests {vms}", "die Gäste {vms} herunterfahren"),
    ("shut down {guest}", "{guest} herunterfahren"),
    ("shut down {guest} by its agent", "{guest} durch den Agenten herunterfahren"),
    ("start guests of node {node}", "Gäste von Knoten {node} starten"),
    ("start the guests {vms}", "die Gäste {vms} starten"),
    ("start {guest}", "{guest} starten"),
    ("stop guests of node {node}", "Gäste von Knoten {node} anhalten"),
    ("suspend guests of node {node}", "Gäste von Knoten {node} pausieren"),
    ("suspend the guests {vms}", "die Gäste {vms} pausieren"),
    ("suspend {guest}", "{guest} pausieren"),
    ("suspend {guest} by its agent", "{guest} durch den Agenten pausieren"),
    ("take the snapshot {snapname} of {guest}", "von {guest} den Snapshot {snapname} machen"),
    ("trim the disks of {guest}", "auf den Platten von {guest} freien Platz zurückgeben"),
    ("turn {guest} into a template", "{guest} in eine Vorlage umwandeln"),
    ("wake node {node}", "Knoten {node} wecken"),
    ("read {path}", "{path} lesen"),
    ("run {argv} on node {node}", "auf Knoten {node} {argv} ausführen"),
    ("start or reload services on node {node}", "auf Knoten {node} Dienste starten oder neu laden"),
    ("install all updates on node {node}", "auf Knoten {node} alle Updates installieren"),
    (
        "install all updates on node {node} without further questions",
        "auf Knoten {node} ohne weitere Fragen alle Updates installieren",
    ),
    ("install packages on node {node}", "auf Knoten {node} Pakete installieren"),
    ("remove packages from node {node}", "von Knoten {node} Pakete entfernen"),
    (
        "remove packages that nothing needs from node {node}",
        "von Knoten {node} nicht mehr benötigte Pakete entfernen",
    ),
    (
        "stop or restart services on node {node}",
        "auf Knoten {node} Dienste anhalten oder neu starten",
    ),
    // What it costs.
    ("every guest on it is interrupted", "alle Gäste darauf werden unterbrochen"),
    (
        "every guest on it is interrupted, and it stays off",
        "alle Gäste darauf werden unterbrochen, und er bleibt aus",
    ),
    ("unsaved work is lost", "nicht Gespeichertes geht verloren"),
    ("services of the node may restart", "Dienste des Knotens starten womöglich neu"),
    ("suspends or stops it meanwhile", "pausiert oder stoppt währenddessen"),
    ("stops it meanwhile", "stoppt währenddessen"),
    ("takes away its protection against deletion", "der Schutz vor dem Löschen fällt weg"),
    ("everything since then is lost", "alles seither geht verloren"),
    ("a disk cannot be made smaller again", "eine Platte lässt sich nicht wieder verkleinern"),
    (
        "with force or an archive it replaces what is there",
        "mit force oder einem Archiv wird ersetzt, was da ist",
    ),
    (
        "with force or restore it replaces what is there",
        "mit force oder restore wird ersetzt, was da ist",
    ),
    ("there is no way back", "das lässt sich nicht rückgängig machen"),
    ("its disks and snapshots are lost", "die Platten und Snapshots gehen verloren"),
    ("it hangs until they are thawed", "bis zum Auftauen hängt er"),
    ("what it was doing stays half done", "was gerade lief, bleibt halb getan"),
    ("its data is lost", "die Daten gehen verloren"),
    ("the pruned backups are lost", "die aufgeräumten Sicherungen gehen verloren"),
    (
        "ignores the lock that a backup, snapshot or migration holds",
        "übergeht die Sperre einer Sicherung, eines Snapshots oder einer Migration",
    ),
    (
        "force-stops it if it does not shut down in time; unsaved work is lost",
        "schaltet hart aus, was nicht rechtzeitig herunterfährt; nicht Gespeichertes geht verloren",
    ),
    (
        "force-stops those that do not shut down in time; unsaved work is lost",
        "schaltet die hart aus, die nicht rechtzeitig herunterfahren; nicht Gespeichertes geht verloren",
    ),
    (
        "cancels a shutdown that is going on; unsaved work is lost",
        "bricht ein laufendes Herunterfahren ab; nicht Gespeichertes geht verloren",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe_all_in;
    use crate::sample::{api, snapshot};
    use jarvis_domain::Language;

    /// The places of a text, in any order.
    fn places(text: &str) -> Vec<&str> {
        let mut places: Vec<&str> =
            text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        places.sort_unstable();
        places
    }

    #[test]
    fn every_text_of_the_tables_is_there_in_german() {
        let mut missing: Vec<&str> =
            crate::rating::texts().into_iter().filter(|text| german(text).is_none()).collect();
        missing.sort_unstable();
        missing.dedup();
        assert!(missing.is_empty(), "{missing:#?}");
        for (english, german) in TEXTS {
            assert_eq!(places(english), places(german), "{english}");
        }
    }

    #[test]
    fn a_plan_is_told_in_german() {
        let calls = [
            "create /nodes/home/qemu/101/status/shutdown",
            "create /nodes/home/qemu/101/status/stop",
        ];
        let plan = calls.map(api);
        assert_eq!(
            describe_all_in(Language::German, &plan, Some(&snapshot())),
            [
                "VM 101 mediaserver auf home herunterfahren",
                "VM 101 mediaserver auf home hart ausschalten (nicht Gespeichertes geht verloren)",
            ]
        );
    }
}
