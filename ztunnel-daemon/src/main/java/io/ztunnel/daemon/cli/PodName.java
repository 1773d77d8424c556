package io.ztunnel.daemon.cli;

/**
 * A pod as people name it to istioctl: {@code name}, {@code name.namespace} or {@code
 * pod/name.namespace}.
 *
 * @param namespace "" for any
 */
record PodName(String name, String namespace) {
    static final PodName ANY = new PodName("", "");

    static PodName parse(String text) {
        String pod = text.substring(text.indexOf('/') + 1);
        int dot = pod.indexOf('.');
        return dot < 0
                ? new PodName(pod, "")
                : new PodName(pod.substring(0, dot), pod.substring(dot + 1));
    }

    /** The namespace counts where none is part of the name. */
    PodName orInNamespace(String other) {
        return namespace.isEmpty() ? new PodName(name, other) : this;
    }
}
