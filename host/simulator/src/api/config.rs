//! A guest's configuration, after qemu-server's API2/Qemu.pm and
//! pve-container's API2/LXC/Config.pm. Only its name, tags and description can
//! be changed.

use jarvis_domain::{NodeName, Vmid};
use serde_json::json;

use super::guests::read;
use super::{Answer, Context, Kind, Method, Param, Reply, Verb, may};
use crate::guest::{self, Guest};
use crate::living::mix;
use crate::pvesh::{Args, Die};
use crate::task::insert;
use crate::worker::{Job, Step};

const DELETE: Param = may("delete", Kind::Text(512));
const DESCRIPTION: Param = may("description", Kind::Text(8192));
const DIGEST: Param = may("digest", Kind::Text(40));
const OF_VM: &[Param] = &[
    may("name", Kind::DnsName(255)),
    may("tags", Kind::Tags),
    DESCRIPTION,
    DELETE,
    DIGEST,
    may("skiplock", Kind::Boolean),
];

pub(crate) static METHODS: &[Method] = &[
    read("/nodes/{node}/{kind}/{vmid}/config", &[may("current", Kind::Boolean)], get),
    // In a worker of its own, for a VM only.
    Method {
        verb: Verb::Create,
        path: "/nodes/{node}/qemu/{vmid}/config",
        proxied: true,
        params: OF_VM,
        run: create,
    },
    Method {
        verb: Verb::Set,
        path: "/nodes/{node}/qemu/{vmid}/config",
        proxied: true,
        params: OF_VM,
        run: set,
    },
    Method {
        verb: Verb::Set,
        path: "/nodes/{node}/lxc/{vmid}/config",
        proxied: true,
        params: &[
            may("hostname", Kind::DnsName(255)),
            may("tags", Kind::Tags),
            DESCRIPTION,
            DELETE,
            DIGEST,
        ],
        run: set,
    },
];

/// What is to be changed, once it is known that it may be.
#[derive(Debug)]
struct Change {
    node: NodeName,
    vmid: Vmid,
    name: Option<String>,
    tags: Option<String>,
    description: Option<String>,
}

impl Change {
    /// Everything that is looked at before anything is changed.
    fn checked(context: &Context<'_>, args: &Args) -> Result<Self, Die> {
        let (node, kind, vmid) = context.subject(args)?;
        let name = args.get(if kind == guest::Kind::Qemu { "name" } else { "hostname" });
        let mut tags = args.get("tags").map(|tags| split(tags).collect::<Vec<_>>().join(";"));
        let mut description = args.get("description").map(str::to_owned);
        let deleted = split(args.get("delete").unwrap_or_default()).collect::<Vec<_>>();
        if name.is_none() && tags.is_none() && description.is_none() && deleted.is_empty() {
            return Err(Die::new("no options specified"));
        }
        for option in deleted {
            let value = match option {
                "tags" => &mut tags,
                "description" => &mut description,
                other => {
                    let text = format!("unknown option '{other}'");
                    return Err(Die::parameter(255, "delete", &text));
                }
            };
            if value.is_some() {
                let text =
                    format!("you can't use '-{option}' and -delete {option}' at the same time");
                return Err(Die::parameter(255, "delete", &text));
            }
            *value = Some(String::new());
        }
        let guest = context.guest(args)?;
        if !context.cluster.is_quorate() {
            return Err(Die::with(13, super::lifecycle::read_only(&node, kind, vmid)));
        }
        if args.get("digest").is_some_and(|given| given != digest(guest)) {
            let text = "detected modified configuration - file changed by other user? Try again.";
            return Err(Die::new(text));
        }
        if let Some(locked) = guest.locked().filter(|_| !args.flag("skiplock")) {
            return Err(Die::new(locked));
        }
        Ok(Self { node, vmid, name: name.map(str::to_owned), tags, description })
    }

    fn apply(self, guest: &mut Guest) {
        guest.name = self.name.unwrap_or_else(|| guest.name.clone());
        guest.tags = self.tags.unwrap_or_else(|| guest.tags.clone());
        guest.description = self.description.unwrap_or_else(|| guest.description.clone());
    }
}

fn get(context: &mut Context<'_>, args: &Args) -> Answer {
    let guest = context.guest(args)?;
    let mib = guest.memory >> 20;
    let gib = guest.disk >> 30;
    let mut value = match guest.kind {
        guest::Kind::Qemu => json!({
            "name": guest.name,
            "memory": mib.to_string(),
            "cores": guest.cores,
            "sockets": 1,
            "ostype": "l26",
            "scsihw": "virtio-scsi-single",
            "scsi0": format!("local-lvm:vm-{}-disk-0,iothread=1,size={gib}G", guest.vmid),
            "net0": "virtio=BC:24:11:00:10:01,bridge=vmbr0,firewall=1",
            "boot": "order=scsi0;net0",
        }),
        guest::Kind::Lxc => json!({
            "hostname": guest.name,
            "memory": mib,
            "swap": mib / 2,
            "cores": guest.cores,
            "arch": "amd64",
            "ostype": "debian",
            "unprivileged": 1,
            "rootfs": format!("local-lvm:vm-{}-disk-0,size={gib}G", guest.vmid),
            "net0": "name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:10:02,ip=dhcp,type=veth",
        }),
    };
    insert(&mut value, "digest", json!(digest(guest)));
    if !guest.description.is_empty() {
        // It is kept as comment lines, each of which is read with its end.
        insert(&mut value, "description", json!(format!("{}\n", guest.description)));
    }
    if !guest.tags.is_empty() {
        insert(&mut value, "tags", json!(guest.tags));
    }
    if guest.template {
        insert(&mut value, "template", json!(1));
    }
    if guest.serial {
        insert(&mut value, "serial0", json!("socket"));
    }
    if let Some(lock) = guest.lock {
        insert(&mut value, "lock", json!(lock));
    }
    if let Some(parent) = &guest.parent {
        insert(&mut value, "parent", json!(parent));
    }
    Ok(Reply::Value(value))
}

fn set(context: &mut Context<'_>, args: &Args) -> Answer {
    let change = Change::checked(context, args)?;
    if let Some(guest) = context.cluster.guests.get_mut(&change.vmid) {
        change.apply(guest);
    }
    Ok(Reply::Null)
}

fn create(context: &mut Context<'_>, args: &Args) -> Answer {
    let change = Change::checked(context, args)?;
    let (node, vmid) = (change.node.clone(), change.vmid);
    let step = Step::Do(Box::new(move |cluster, _| {
        if let Some(guest) = cluster.guests.get_mut(&vmid) {
            change.apply(guest);
        }
        Ok(())
    }));
    let kind = "qmconfig".to_owned();
    Ok(Reply::Worker(Job {
        node,
        kind,
        id: vmid.to_string(),
        guest: Some(vmid),
        steps: vec![step],
    }))
}

/// Another one after each change that can be made here.
fn digest(guest: &Guest) -> String {
    let words = [&guest.name, &guest.tags, &guest.description];
    let bytes = words.into_iter().flat_map(|word| word.bytes().chain([0]));
    let seed = mix(u64::from(guest.vmid.get()), guest.started.0);
    format!("{:040x}", bytes.fold(seed, |digest, byte| mix(digest, u64::from(byte))))
}

/// The parts of a list as PVE::Tools::split_list takes it.
fn split(list: &str) -> impl Iterator<Item = &str> {
    list.split([',', ';', ' ', '\0']).filter(|part| !part.is_empty())
}
