package io.ztunnel.lb;

import io.ztunnel.store.Service.LoadBalancing;
import io.ztunnel.store.Service.LoadBalancing.Mode;
import io.ztunnel.store.Service.LoadBalancing.Scope;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** How near an endpoint is to a client, by the preferences of the service. */
final class LocalityRank {
    /** The endpoint does not take part. */
    static final int EXCLUDED = -1;

    private LocalityRank() {}

    /**
     * Preferences count in order until the first that does not match. Where the network comes first
     * it outweighs all others together, yet endpoints of another network are still ordered by the
     * remaining preferences, because any of them may be the nearest one left.
     *
     * @return 0 or more, higher is nearer, or {@link #EXCLUDED}
     */
    static int of(@Nullable LoadBalancing balancing, Workload source, Workload endpoint) {
        if (balancing == null || balancing.mode() == Mode.STANDARD) {
            return 0;
        }
        List<Scope> preferences = balancing.preferences();
        int matched = 0;
        int bonus = 0;
        for (int i = 0; i < preferences.size(); i++) {
            Scope scope = preferences.get(i);
            boolean networkFirst = i == 0 && scope == Scope.NETWORK;
            if (sameIn(scope, source, endpoint)) {
                matched++;
                bonus = networkFirst ? preferences.size() - 1 : bonus;
            } else if (!networkFirst) {
                break;
            }
        }
        if (balancing.mode() == Mode.STRICT && matched != preferences.size()) {
            return EXCLUDED;
        }
        return matched + bonus;
    }

    /** Two empty values are the same: neither side claims to be elsewhere. */
    private static boolean sameIn(Scope scope, Workload a, Workload b) {
        return switch (scope) {
            case REGION -> a.locality().region().equals(b.locality().region());
            case ZONE -> a.locality().zone().equals(b.locality().zone());
            case SUBZONE -> a.locality().subzone().equals(b.locality().subzone());
            case NODE -> a.node().equals(b.node());
            case CLUSTER -> a.clusterId().equals(b.clusterId());
            case NETWORK -> a.network().equals(b.network());
        };
    }
}
