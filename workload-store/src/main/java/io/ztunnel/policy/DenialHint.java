package io.ztunnel.policy;

import io.ztunnel.policy.Authorization.Action;
import io.ztunnel.policy.Authorization.StringMatch.Presence;
import io.ztunnel.store.GatewayAddress;
import io.ztunnel.store.GatewayAddress.ByAddress;
import io.ztunnel.store.GatewayAddress.ByHostname;
import io.ztunnel.store.Identity;
import io.ztunnel.store.MeshView;
import io.ztunnel.store.NetworkAddress;
import io.ztunnel.store.Service;
import io.ztunnel.store.Service.WeightedWaypoint;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What to do about a denial, where more can be said than that a policy forbids it. A function of
 * the mesh; it is asked for when a connection has been denied, never before.
 */
public final class DenialHint {
    /** How many policies are named; the first ones will do to find the mistake. */
    private static final int MAX_NAMED = 3;

    private DenialHint() {}

    /**
     * One line for people, or empty when there is nothing to add to the verdict.
     *
     * @param destination the workload whose policies denied it
     */
    public static Optional<String> of(
            MeshView view, Workload destination, PolicyInput input, Verdict verdict) {
        Identity identity = input.sourceIdentity();
        return switch (verdict) {
            case Verdict.Allowed _ -> Optional.empty();
            case Verdict.DeniedBy(String policy) ->
                    identity == null && asksForIdentity(view.policy(policy))
                            ? Optional.of(plainText())
                            : bare();
            case Verdict.NoneAllowed _ -> {
                if (identity == null) {
                    yield Optional.of(plainText());
                }
                yield isWaypointOf(view, destination, identity)
                        ? Optional.of(forgottenWaypoint(view, destination, identity))
                        : bare();
            }
        };
    }

    private static Optional<String> bare() {
        return Optional.empty();
    }

    /** As what PeerAuthentication STRICT becomes: it denies who has no identity at all. */
    private static boolean asksForIdentity(@Nullable Authorization policy) {
        return policy != null
                && policy.rules().stream()
                        .flatMap(rule -> rule.clauses().stream())
                        .flatMap(clause -> clause.matches().stream())
                        .anyMatch(match -> match.notPrincipals().contains(new Presence()));
    }

    private static String plainText() {
        return "the client came in plain text, without an identity: enrol it with the label"
                + " istio.io/dataplane-mode=ambient, or let the policy admit plain text";
    }

    private static String forgottenWaypoint(
            MeshView view, Workload destination, Identity waypoint) {
        return "it came through the waypoint: add the waypoint's identity "
                + waypoint.principal()
                + " to the principals of "
                + allowPolicies(view, destination)
                + ", and say who may use the waypoint in a policy with targetRefs";
    }

    private static String allowPolicies(MeshView view, Workload destination) {
        TreeSet<String> keys = new TreeSet<>();
        view.policySetsFor(destination.namespace()).stream()
                .flatMap(set -> set.of(Action.ALLOW).stream())
                .filter(policy -> !policy.dryRun())
                .map(Authorization::key)
                .forEach(keys::add);
        destination.authorizationPolicies().stream()
                .map(view::policy)
                .filter(Objects::nonNull)
                .filter(policy -> policy.action() == Action.ALLOW && !policy.dryRun())
                .map(Authorization::key)
                .forEach(keys::add);
        String named = String.join(", ", keys.stream().limit(MAX_NAMED).toList());
        return keys.size() > MAX_NAMED ? named + " or another" : named;
    }

    /** By identity, since this is what policies go by. */
    private static boolean isWaypointOf(MeshView view, Workload destination, Identity identity) {
        return waypoints(view, destination)
                .distinct()
                .flatMap(address -> instances(view, address))
                .anyMatch(instance -> instance.identity().equals(identity));
    }

    private static Stream<GatewayAddress> waypoints(MeshView view, Workload destination) {
        Stream<GatewayAddress> ofServices =
                view.servicesOf(destination).stream()
                        .flatMap(
                                service ->
                                        Stream.concat(
                                                Stream.ofNullable(service.waypoint()),
                                                service.weightedWaypoints().stream()
                                                        .map(WeightedWaypoint::destination)));
        return Stream.concat(Stream.ofNullable(destination.waypoint()), ofServices);
    }

    private static Stream<Workload> instances(MeshView view, GatewayAddress waypoint) {
        return switch (waypoint.destination()) {
            case ByHostname(var name) -> {
                Service service = view.service(name);
                yield service != null
                        ? endpoints(view, service)
                        : Stream.ofNullable(view.workloadByHostname(name));
            }
            case ByAddress(NetworkAddress address) -> {
                Workload workload = view.workloadByAddress(address.network(), address.ip());
                yield workload != null
                        ? Stream.of(workload)
                        : endpoints(view, view.serviceByVip(address.network(), address.ip(), null));
            }
        };
    }

    private static Stream<Workload> endpoints(MeshView view, @Nullable Service service) {
        List<String> uids =
                service == null ? List.of() : List.copyOf(view.endpoints(service.key()).keySet());
        return uids.stream().map(view::workload).filter(Objects::nonNull);
    }
}
