package io.ztunnel.sandbox.ambient;

import io.ztunnel.sandbox.manifest.KubeObject;

import java.util.Comparator;

/** Which of several objects that claim the same was there first. */
final class Age {
    /** Where istiod's choice among equally old objects is arbitrary, namespace and name decide. */
    static final Comparator<KubeObject> OLDEST_FIRST =
            Comparator.comparing((KubeObject o) -> o.tree().text("metadata", "creationTimestamp"))
                    .thenComparing(KubeObject::namespace)
                    .thenComparing(KubeObject::name);

    private Age() {}
}
