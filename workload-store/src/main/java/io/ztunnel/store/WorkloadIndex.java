package io.ztunnel.store;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Every workload by uid and by what else one asks for. Immutable.
 *
 * @param byAddress network, then address; the workload that wins comes first
 * @param localPods workloads of this node by their pod; the one that wins comes first
 * @param localAccounts how many workloads of this node run as a service account. The trust domain
 *     is not part of it: one that is still in use keeps its namesakes' certificates, too
 * @param byHostname workloads with a host name of their own, in order of arrival
 */
record WorkloadIndex(
        PersistentMap<String, Workload> byUid,
        PersistentMap<String, PersistentMap<IpAddress, List<Workload>>> byAddress,
        PersistentMap<PodReference, List<Workload>> localPods,
        PersistentMap<ServiceAccount, Integer> localAccounts,
        PersistentMap<NamespacedHostname, List<Workload>> byHostname) {

    static final WorkloadIndex EMPTY =
            new WorkloadIndex(
                    PersistentMap.empty(),
                    PersistentMap.empty(),
                    PersistentMap.empty(),
                    PersistentMap.empty(),
                    PersistentMap.empty());

    record ServiceAccount(String namespace, String name) {
        static ServiceAccount of(Workload workload) {
            return new ServiceAccount(workload.namespace(), workload.serviceAccount());
        }
    }

    /** A workload that is here already must be taken out first. */
    WorkloadIndex with(Workload workload, boolean local) {
        PersistentMap<String, PersistentMap<IpAddress, List<Workload>>> addresses = byAddress;
        if (isAddressable(workload)) {
            PersistentMap<IpAddress, List<Workload>> network = network(workload.network());
            for (IpAddress ip : workload.addresses()) {
                network = network.with(ip, ranked(network.get(ip), workload));
            }
            addresses = addresses.with(workload.network(), network);
        }
        PersistentMap<PodReference, List<Workload>> pods = localPods;
        PersistentMap<ServiceAccount, Integer> accounts = localAccounts;
        if (local) {
            PodReference pod = podOf(workload);
            pods = pods.with(pod, ranked(pods.get(pod), workload));
            ServiceAccount account = ServiceAccount.of(workload);
            accounts = accounts.with(account, accounts.getOrDefault(account, 0) + 1);
        }
        PersistentMap<NamespacedHostname, List<Workload>> hostnames = byHostname;
        if (!workload.hostname().isEmpty()) {
            NamespacedHostname name = hostnameOf(workload);
            List<Workload> before = Lists.of(hostnames.get(name));
            hostnames = hostnames.with(name, Lists.inserted(before, before.size(), workload));
        }
        return new WorkloadIndex(
                byUid.with(workload.uid(), workload), addresses, pods, accounts, hostnames);
    }

    /** Takes out exactly what {@link #with} put in for this very workload. */
    WorkloadIndex without(Workload workload, boolean local) {
        PersistentMap<String, PersistentMap<IpAddress, List<Workload>>> addresses = byAddress;
        if (isAddressable(workload)) {
            PersistentMap<IpAddress, List<Workload>> network = network(workload.network());
            for (IpAddress ip : workload.addresses()) {
                network = removed(network, ip, workload);
            }
            addresses =
                    network.isEmpty()
                            ? addresses.without(workload.network())
                            : addresses.with(workload.network(), network);
        }
        PersistentMap<PodReference, List<Workload>> pods = localPods;
        PersistentMap<ServiceAccount, Integer> accounts = localAccounts;
        if (local) {
            pods = removed(pods, podOf(workload), workload);
            ServiceAccount account = ServiceAccount.of(workload);
            int left = accounts.getOrDefault(account, 1) - 1;
            accounts = left == 0 ? accounts.without(account) : accounts.with(account, left);
        }
        return new WorkloadIndex(
                byUid.without(workload.uid()),
                addresses,
                pods,
                accounts,
                workload.hostname().isEmpty()
                        ? byHostname
                        : removed(byHostname, hostnameOf(workload), workload));
    }

    @Nullable Workload byAddress(String network, IpAddress ip) {
        PersistentMap<IpAddress, List<Workload>> addresses = byAddress.get(network);
        return addresses == null ? null : first(addresses.get(ip));
    }

    @Nullable Workload byHostname(NamespacedHostname name) {
        return first(byHostname.get(name));
    }

    @Nullable Workload localPod(PodReference pod) {
        return first(localPods.get(pod));
    }

    private PersistentMap<IpAddress, List<Workload>> network(String name) {
        PersistentMap<IpAddress, List<Workload>> addresses = byAddress.get(name);
        return addresses == null ? PersistentMap.empty() : addresses;
    }

    private static @Nullable Workload first(@Nullable List<Workload> workloads) {
        return workloads == null ? null : workloads.getFirst();
    }

    /** The node's address belongs to nobody in particular: looking it up must find nothing. */
    private static boolean isAddressable(Workload workload) {
        return workload.networkMode() == Workload.NetworkMode.STANDARD
                && !workload.addresses().isEmpty();
    }

    private static PodReference podOf(Workload workload) {
        return new PodReference(workload.name(), workload.namespace(), workload.serviceAccount());
    }

    private static NamespacedHostname hostnameOf(Workload workload) {
        return new NamespacedHostname(workload.namespace(), workload.hostname());
    }

    /** Before its equals: among workloads of one rank the latest wins. */
    private static List<Workload> ranked(@Nullable List<Workload> present, Workload workload) {
        List<Workload> others = Lists.of(present);
        int at = 0;
        while (at < others.size() && rank(others.get(at)) > rank(workload)) {
            at++;
        }
        return Lists.inserted(others, at, workload);
    }

    /** A pod and a WorkloadEntry may describe one address; the pod knows it better. */
    private static int rank(Workload workload) {
        return (workload.uid().contains("//Pod/") ? 2 : 0)
                + (workload.protocol() == Workload.Protocol.HBONE ? 1 : 0);
    }

    private static <K> PersistentMap<K, List<Workload>> removed(
            PersistentMap<K, List<Workload>> map, K key, Workload workload) {
        List<Workload> rest =
                Lists.without(Lists.of(map.get(key)), w -> w.uid().equals(workload.uid()));
        return rest.isEmpty() ? map.without(key) : map.with(key, rest);
    }
}
