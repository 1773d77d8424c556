package io.ztunnel.daemon;

import io.netty.handler.ssl.OpenSsl;

import java.util.Map;
import java.util.TreeMap;

/** What this build is. */
public final class Version {
    private Version() {}

    /** The {@code version} section of the dump; keys in alphabetical order. */
    public static Map<String, String> describe(Map<String, String> environment) {
        Map<String, String> version = new TreeMap<>();
        String built = Version.class.getPackage().getImplementationVersion();
        version.put("version", built == null ? "unknown" : built);
        version.put("gitRevision", "unknown");
        version.put("buildProfile", "release");
        version.put("buildStatus", "unknown");
        version.put("rustVersion", "");
        version.put("javaVersion", Runtime.version().toString());
        version.put(
                "istioVersion", environment.getOrDefault("ISTIO_META_ISTIO_VERSION", "unknown"));
        version.put(
                "cryptoProvider",
                OpenSsl.isAvailable() ? "boringssl (" + OpenSsl.versionString() + ")" : "jdk");
        return version;
    }
}
