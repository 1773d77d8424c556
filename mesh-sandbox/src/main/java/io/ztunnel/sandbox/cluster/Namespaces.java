package io.ztunnel.sandbox.cluster;

import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Problem;

import java.util.Optional;

/**
 * Namespaces that are only referred to exist too; each has its name as a label and a default
 * service account.
 */
final class Namespaces {
    static final String NAME_LABEL = "kubernetes.io/metadata.name";

    private Namespaces() {}

    static void complete(Draft draft) {
        for (KubeObject object : draft.all()) {
            if (object.kind().namespaced()) {
                draft.generate(
                        KubeObject.make(
                                Kind.NAMESPACE,
                                "",
                                object.namespace(),
                                object.origin(),
                                edit -> {}),
                        Optional.of(object));
            }
        }
        for (KubeObject namespace : draft.all(Kind.NAMESPACE)) {
            draft.put(
                    namespace.with(
                            edit -> edit.set(namespace.name(), "metadata", "labels", NAME_LABEL)));
            serviceAccount(draft, namespace.name(), "default", namespace);
        }
        for (KubeObject pod : draft.all(Kind.POD)) {
            String name = PodDefaults.serviceAccount(pod);
            if (serviceAccount(draft, pod.namespace(), name, pod)) {
                draft.problem(
                        Problem.warning(
                                pod.origin(),
                                "spec.serviceAccountName",
                                "ServiceAccount "
                                        + pod.namespace()
                                        + "/"
                                        + name
                                        + " does not exist; it is made here, a cluster would not"
                                        + " start "
                                        + pod.name()));
            }
        }
    }

    private static boolean serviceAccount(
            Draft draft, String namespace, String name, KubeObject owner) {
        return draft.generate(
                KubeObject.make(Kind.SERVICE_ACCOUNT, namespace, name, owner.origin(), edit -> {}),
                Optional.of(owner));
    }
}
