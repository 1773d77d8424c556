package io.ztunnel.sandbox.ambient;

import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.LabelSelector;
import io.ztunnel.sandbox.manifest.MeshConfigText;
import io.ztunnel.sandbox.manifest.Problem;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The mesh configuration as an installation holds it: the ConfigMap {@code istio} of the system
 * namespace, or {@code istio-REVISION}.
 */
public final class MeshConfig {
    private MeshConfig() {}

    /**
     * The settings of the installation that the objects describe: what the environment of its
     * control plane and its mesh configuration say, and the base for all else.
     */
    public static MeshSettings installed(
            MeshSettings base, List<KubeObject> objects, Consumer<Problem> problems) {
        Features features =
                Features.of(ControlPlanePod.environment(objects, base.systemNamespace()));
        return read(base.withFeatures(features), objects, problems);
    }

    /** The settings with what the mesh configuration, if there is one, says differently. */
    public static MeshSettings read(
            MeshSettings base, List<KubeObject> objects, Consumer<Problem> problems) {
        String name = base.revision().isEmpty() ? "istio" : "istio-" + base.revision();
        Optional<KubeObject> map =
                objects.stream()
                        .filter(object -> object.kind() == Kind.CONFIG_MAP)
                        .filter(object -> object.namespace().equals(base.systemNamespace()))
                        .filter(object -> object.name().equals(name))
                        .findFirst();
        return map.map(found -> apply(found, base, problems)).orElse(base);
    }

    private static MeshSettings apply(
            KubeObject map, MeshSettings base, Consumer<Problem> problems) {
        Tree config = MeshConfigText.parse(map.tree().text("data", "mesh"));
        String trustDomain = config.string("trustDomain").orElse(base.trustDomain());
        if (!trustDomain.equals(base.trustDomain())) {
            problems.accept(
                    Problem.warning(
                            map.origin(),
                            "data.mesh",
                            "trustDomain \""
                                    + trustDomain
                                    + "\" is passed over: identities are of "
                                    + base.trustDomain()));
        }
        List<LabelSelector> selectors =
                config.trees("discoverySelectors").stream().map(LabelSelector::of).toList();
        ServiceEntryVisibility visibility =
                config.has("serviceEntryVisibility")
                        ? ServiceEntryVisibility.of(config.tree("serviceEntryVisibility"))
                        : base.serviceEntryVisibility();
        return base.with(
                config.string("rootNamespace").orElse(base.rootNamespace()),
                config.has("discoverySelectors") ? selectors : base.discoverySelectors(),
                visibility);
    }
}
