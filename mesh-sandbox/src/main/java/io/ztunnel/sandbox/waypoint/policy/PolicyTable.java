package io.ztunnel.sandbox.waypoint.policy;

import io.ztunnel.sandbox.ambient.GatewayScope;
import io.ztunnel.sandbox.manifest.Problem;
import io.ztunnel.sandbox.waypoint.policy.Policy.Action;
import io.ztunnel.sandbox.waypoint.route.ServicePort;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The policies of a waypoint: those of all that passes it, and those of single services. */
public final class PolicyTable {
    public static final PolicyTable EMPTY = new PolicyTable(List.of(), Map.of());

    private final List<Policy> ofAll;
    private final Map<String, List<Policy>> byService;

    /**
     * @param byService by {@code namespace/name} of the Service
     */
    PolicyTable(List<Policy> ofAll, Map<String, List<Policy>> byService) {
        this.ofAll = List.copyOf(ofAll);
        this.byService = Map.copyOf(byService);
    }

    /**
     * @param problems of policies that do not do what their author may think
     */
    public static PolicyTable of(GatewayScope scope, Consumer<Problem> problems) {
        return new PolicyAttachment(scope, problems).table();
    }

    /**
     * Those that have a say about what is dialled.
     *
     * @param service empty for a workload's own address
     */
    public List<Policy> policies(Optional<ServicePort> service) {
        return Stream.concat(
                        ofAll.stream(),
                        service.stream()
                                .map(s -> s.namespace() + "/" + s.name())
                                .flatMap(s -> byService.getOrDefault(s, List.of()).stream()))
                .toList();
    }

    /**
     * CUSTOM and DENY before ALLOW; where there is an ALLOW one of them must match. Policies decide
     * about what was dialled, before any route is looked at.
     *
     * @param service that was dialled; empty for a workload's own address
     * @param dryRun told of each policy that is not enforced and would have denied
     */
    public Verdict check(
            Optional<ServicePort> service, Attempted attempted, Consumer<String> dryRun) {
        List<Policy> policies = policies(service);
        shadow(policies, attempted).ifPresent(dryRun);
        return decide(policies, policy -> !policy.dryRun(), attempted);
    }

    private static Optional<String> shadow(List<Policy> policies, Attempted attempted) {
        if (policies.stream().noneMatch(Policy::dryRun)) {
            return Optional.empty();
        }
        return decide(policies, Policy::dryRun, attempted) instanceof Verdict.Denied denied
                ? Optional.of(denied.reason())
                : Optional.empty();
    }

    private static Verdict decide(
            List<Policy> policies, Predicate<Policy> counts, Attempted attempted) {
        for (Action action : new Action[] {Action.CUSTOM, Action.DENY}) {
            for (Policy policy : policies) {
                if (counts.test(policy) && policy.action() == action && policy.matches(attempted)) {
                    return new Verdict.Denied(policy.name());
                }
            }
        }
        List<Policy> allowing =
                policies.stream()
                        .filter(counts)
                        .filter(policy -> policy.action() == Action.ALLOW)
                        .toList();
        return allowing.isEmpty() || allowing.stream().anyMatch(p -> p.matches(attempted))
                ? new Verdict.Allowed()
                : new Verdict.Denied("");
    }
}
