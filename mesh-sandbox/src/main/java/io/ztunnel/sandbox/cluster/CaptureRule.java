package io.ztunnel.sandbox.cluster;

import io.ztunnel.sandbox.manifest.KubeObject;

/** Which pods the node agent hands to ztunnel: istio-cni's default enablement selectors. */
public final class CaptureRule {
    /** Set to {@code enabled} on pods that are captured. */
    public static final String REDIRECTION = "ambient.istio.io/redirection";

    private static final String DATAPLANE_MODE = "istio.io/dataplane-mode";
    private static final String SIDECAR = "sidecar.istio.io/status";

    private CaptureRule() {}

    /**
     * @param namespace the Namespace that the pod is in
     * @param pod a Pod
     */
    public static boolean shouldCapture(KubeObject namespace, KubeObject pod) {
        if (pod.spec().flag("hostNetwork")
                || pod.annotations().containsKey(SIDECAR)
                || isZtunnel(pod)) {
            return false;
        }
        String own = pod.label(DATAPLANE_MODE);
        boolean inherited = namespace.label(DATAPLANE_MODE).equals("ambient");
        return own.equals("ambient") || inherited && !own.equals("none");
    }

    private static boolean isZtunnel(KubeObject pod) {
        return pod.label("app").equals("ztunnel")
                && pod.spec().text("serviceAccountName").equals("ztunnel");
    }
}
