package io.ztunnel.sandbox.ambient;

import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Tree;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The environment that istiod's container is given, where its switches are. */
public final class ControlPlanePod {
    private ControlPlanePod() {}

    /** Of the first container of the first istiod pod; empty when there is none. */
    public static Map<String, String> environment(List<KubeObject> objects, String namespace) {
        Map<String, String> environment = new HashMap<>();
        objects.stream()
                .filter(object -> object.kind() == Kind.POD)
                .filter(pod -> pod.namespace().equals(namespace))
                .filter(pod -> pod.label("app").equals("istiod"))
                .findFirst()
                .flatMap(pod -> pod.spec().trees("containers").stream().findFirst())
                .ifPresent(
                        container -> {
                            for (Tree variable : container.trees("env")) {
                                environment.put(variable.text("name"), variable.text("value"));
                            }
                        });
        return environment;
    }
}
