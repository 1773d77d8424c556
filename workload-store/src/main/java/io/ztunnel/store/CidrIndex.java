package io.ztunnel.store;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * Services by the blocks of virtual IPs they own. A lookup costs one hash lookup for each distinct
 * prefix length in use, however many blocks there are. Immutable.
 *
 * @param networks the levels of each network, longest prefix first
 */
record CidrIndex(PersistentMap<String, List<Level>> networks) {
    static final CidrIndex EMPTY = new CidrIndex(PersistentMap.empty());

    /**
     * @param blocks by their first address; services in order of arrival
     */
    record Level(boolean v4, int prefixLength, PersistentMap<IpAddress, List<Service>> blocks) {}

    CidrIndex with(Service.NetworkCidr vip, Service service) {
        List<Level> levels = new ArrayList<>(Lists.of(networks.get(vip.network())));
        int at = indexOf(levels, vip.cidr());
        if (at < 0) {
            at = 0;
            while (at < levels.size()
                    && levels.get(at).prefixLength() > vip.cidr().prefixLength()) {
                at++;
            }
            Cidr cidr = vip.cidr();
            levels.add(
                    at,
                    new Level(cidr.address().isV4(), cidr.prefixLength(), PersistentMap.empty()));
        }
        Level level = levels.get(at);
        IpAddress block = blockOf(vip.cidr());
        List<Service> services =
                Lists.replacedOrAppended(
                        Lists.of(level.blocks().get(block)),
                        service,
                        other -> other.isSameAs(service));
        levels.set(
                at,
                new Level(level.v4(), level.prefixLength(), level.blocks().with(block, services)));
        return new CidrIndex(networks.with(vip.network(), List.copyOf(levels)));
    }

    CidrIndex without(Service.NetworkCidr vip, Service service) {
        List<Level> levels = new ArrayList<>(Lists.of(networks.get(vip.network())));
        int at = indexOf(levels, vip.cidr());
        if (at < 0) {
            return this;
        }
        Level level = levels.get(at);
        IpAddress block = blockOf(vip.cidr());
        List<Service> rest =
                Lists.without(
                        Lists.of(level.blocks().get(block)), other -> other.isSameAs(service));
        PersistentMap<IpAddress, List<Service>> blocks =
                rest.isEmpty() ? level.blocks().without(block) : level.blocks().with(block, rest);
        if (blocks.isEmpty()) {
            levels.remove(at);
        } else {
            levels.set(at, new Level(level.v4(), level.prefixLength(), blocks));
        }
        return new CidrIndex(
                levels.isEmpty()
                        ? networks.without(vip.network())
                        : networks.with(vip.network(), List.copyOf(levels)));
    }

    /**
     * Of the visible services whose block holds the address: the client's own namespace before
     * others, then the longest prefix, then canonical ones, then the first that came.
     */
    @Nullable Service best(String network, IpAddress ip, @Nullable String clientNamespace) {
        List<Level> levels = networks.get(network);
        if (levels == null) {
            return null;
        }
        @Nullable Service best = null;
        for (Level level : levels) {
            if (level.v4() != ip.isV4()) {
                continue;
            }
            List<Service> services = level.blocks().get(ip.masked(level.prefixLength()));
            if (services == null) {
                continue;
            }
            @Nullable Service own = null;
            @Nullable Service ofLevel = null;
            for (Service service : services) {
                if (!ServiceSelection.isVisible(service, clientNamespace)) {
                    continue;
                }
                if (service.namespace().equals(clientNamespace)) {
                    own = moreCanonical(own, service);
                }
                ofLevel = moreCanonical(ofLevel, service);
            }
            if (own != null) {
                return own;
            }
            if (best == null) {
                best = ofLevel;
            }
            if (best != null && clientNamespace == null) {
                return best;
            }
        }
        return best;
    }

    private static Service moreCanonical(@Nullable Service best, Service next) {
        return best == null || (!best.canonical() && next.canonical()) ? next : best;
    }

    private static int indexOf(List<Level> levels, Cidr cidr) {
        for (int i = 0; i < levels.size(); i++) {
            Level level = levels.get(i);
            if (level.prefixLength() == cidr.prefixLength()
                    && level.v4() == cidr.address().isV4()) {
                return i;
            }
        }
        return -1;
    }

    private static IpAddress blockOf(Cidr cidr) {
        return cidr.address().masked(cidr.prefixLength());
    }
}
