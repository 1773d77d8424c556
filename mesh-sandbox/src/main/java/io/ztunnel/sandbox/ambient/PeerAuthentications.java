package io.ztunnel.sandbox.ambient;

import io.ztunnel.api.security.Action;
import io.ztunnel.api.security.Authorization;
import io.ztunnel.api.security.Scope;
import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.LabelSelector;
import io.ztunnel.sandbox.manifest.Tree;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * PeerAuthentication as layer-4 policies: STRICT is a DENY of every peer without identity. DISABLE
 * is PERMISSIVE to ztunnel.
 *
 * <p>Where istiod's conversion loses a STRICT rule (a STRICT port below a STRICT mesh, a namespace
 * policy without mode), this one keeps it.
 */
final class PeerAuthentications {
    private static final String STATIC_STRICT = "istio_converted_static_strict";
    private static final String CONVERTED = "converted_peer_authentication_";

    /** UNSET also stands for an absent or unknown mode. */
    enum Mode {
        UNSET,
        PERMISSIVE,
        STRICT;

        static Mode of(Tree mtls) {
            return switch (mtls.text("mode")) {
                case "STRICT" -> STRICT;
                case "PERMISSIVE", "DISABLE" -> PERMISSIVE;
                default -> UNSET;
            };
        }
    }

    private final MeshObjects objects;
    private final String rootNamespace;
    private final Map<String, List<KubeObject>> selecting = new HashMap<>();
    private final Map<String, Mode> namespaceModes = new HashMap<>();

    PeerAuthentications(MeshObjects objects) {
        this.objects = objects;
        this.rootNamespace = objects.settings().rootNamespace();
        List<KubeObject> all =
                objects.all(Kind.PEER_AUTHENTICATION).stream().sorted(Age.OLDEST_FIRST).toList();
        for (KubeObject policy : all) {
            if (selector(policy).isEmpty()) {
                namespaceModes.putIfAbsent(policy.namespace(), mode(policy));
            } else if (!policy.namespace().equals(rootNamespace)) {
                selecting.computeIfAbsent(policy.namespace(), n -> new ArrayList<>()).add(policy);
            }
        }
    }

    /** What is published. The static policy exists as soon as any PeerAuthentication does. */
    List<Authorization> authorizations() {
        List<Authorization> all = new ArrayList<>();
        if (!objects.all(Kind.PEER_AUTHENTICATION).isEmpty()) {
            all.add(staticStrict());
        }
        for (KubeObject policy : objects.all(Kind.PEER_AUTHENTICATION)) {
            if (isConvertible(policy)) {
                StrictPorts.rules(mode(policy), ports(policy), isStrictAbove(policy.namespace()))
                        .map(
                                rules ->
                                        Authorization.newBuilder()
                                                .setName(CONVERTED + policy.name())
                                                .setNamespace(policy.namespace())
                                                .setScope(Scope.WORKLOAD_SELECTOR)
                                                .setAction(Action.DENY)
                                                .addAllRules(rules)
                                                .build())
                        .ifPresent(all::add);
            }
        }
        return all;
    }

    /** Sorted keys of the policies that a workload must list. */
    List<String> keysFor(String namespace, Map<String, String> labels) {
        boolean strict = isStrictAbove(namespace);
        @Nullable KubeObject own =
                selecting.getOrDefault(namespace, List.of()).stream()
                        .filter(p -> LabelSelector.isSubset(selector(p), labels))
                        .findFirst()
                        .orElse(null);
        List<String> keys = new ArrayList<>();
        if (own != null) {
            Mode mode = mode(own);
            strict = mode == Mode.UNSET ? strict : mode == Mode.STRICT;
            boolean exempts = strict && exemptsAPort(own, mode);
            if (exempts || !strict && ports(own).containsValue(Mode.STRICT)) {
                keys.add(own.namespace() + "/" + CONVERTED + own.name());
            }
            strict &= !exempts; // any DENY wins, so exemptions need one policy of their own
        }
        if (strict) {
            keys.add(rootNamespace + "/" + STATIC_STRICT);
        }
        return keys.stream().sorted().toList();
    }

    /**
     * A DISABLE port under strict parents stays STRICT unless the policy itself has a mode, as in
     * istiod.
     */
    private static boolean exemptsAPort(KubeObject policy, Mode mode) {
        return policy.spec().tree("portLevelMtls").fields().keySet().stream()
                .map(port -> policy.spec().text("portLevelMtls", port, "mode"))
                .anyMatch(
                        text ->
                                text.equals("PERMISSIVE")
                                        || mode == Mode.STRICT && text.equals("DISABLE"));
    }

    private boolean isConvertible(KubeObject policy) {
        return !policy.namespace().equals(rootNamespace)
                && policy.spec().has("selector")
                && !ports(policy).isEmpty();
    }

    /** The mode that the namespace, or else the mesh, gives a workload. */
    private boolean isStrictAbove(String namespace) {
        Mode own = namespaceModes.getOrDefault(namespace, Mode.UNSET);
        Mode mesh = namespaceModes.getOrDefault(rootNamespace, Mode.UNSET);
        return (own == Mode.UNSET ? mesh : own) == Mode.STRICT;
    }

    private Authorization staticStrict() {
        return Authorization.newBuilder()
                .setName(STATIC_STRICT)
                .setNamespace(rootNamespace)
                .setScope(Scope.WORKLOAD_SELECTOR)
                .setAction(Action.DENY)
                .addRules(StrictPorts.withoutIdentity())
                .build();
    }

    private static Mode mode(KubeObject policy) {
        return Mode.of(policy.spec().tree("mtls"));
    }

    private static SortedMap<Integer, Mode> ports(KubeObject policy) {
        SortedMap<Integer, Mode> ports = new TreeMap<>();
        Tree levels = policy.spec().tree("portLevelMtls");
        for (String port : levels.fields().keySet()) {
            Optional<Integer> number = Ports.parse(port);
            number.ifPresent(n -> ports.put(n, Mode.of(levels.tree(port))));
        }
        return ports;
    }

    private static Map<String, String> selector(KubeObject policy) {
        return policy.spec().stringMap("selector", "matchLabels");
    }
}
