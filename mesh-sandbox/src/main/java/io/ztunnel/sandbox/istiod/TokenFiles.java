package io.ztunnel.sandbox.istiod;

import io.ztunnel.sandbox.istiod.ServiceAccountTokens.Claims;
import io.ztunnel.sandbox.manifest.Kind;
import io.ztunnel.sandbox.manifest.KubeObject;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Puts the tokens where programs find them, as the kubelet mounts them into pods: one for each
 * node's ztunnel, one for each waypoint. Confined to one thread.
 */
final class TokenFiles {
    private static final Logger log = LoggerFactory.getLogger(TokenFiles.class);

    /** Longer than any sandbox is meant to live. */
    private static final Duration LIFETIME = Duration.ofDays(30);

    private static final String GATEWAY_LABEL = "gateway.networking.k8s.io/gateway-name";

    private final ServiceAccountTokens tokens;
    private final Path folder;
    private final Set<String> written = new HashSet<>();

    TokenFiles(ServiceAccountTokens tokens, Path folder) {
        this.tokens = tokens;
        this.folder = folder;
    }

    void write(List<KubeObject> objects) {
        for (KubeObject object : objects) {
            if (object.kind() == Kind.NODE) {
                String node = object.name();
                write(
                        node,
                        new Claims(
                                "istio-system",
                                "ztunnel",
                                "ztunnel-" + node,
                                "ztunnel-" + node,
                                node));
            } else if (object.kind() == Kind.POD && !object.label(GATEWAY_LABEL).isEmpty()) {
                String account = object.spec().text("serviceAccountName");
                write(
                        account + "." + object.namespace(),
                        new Claims(
                                object.namespace(),
                                account,
                                object.name(),
                                object.tree().text("metadata", "uid"),
                                object.spec().text("nodeName")));
            }
        }
    }

    private void write(String name, Claims claims) {
        if (!written.add(name)) {
            return;
        }
        Path file = folder.resolve(name);
        Path next = folder.resolve(name + ".next");
        try {
            Files.createDirectories(folder);
            Files.deleteIfExists(next);
            Files.createFile(
                    next,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            Files.writeString(next, tokens.issue(claims, LIFETIME));
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            written.remove(name);
            log.error("no token for {}: {}", name, e.toString());
        }
    }
}
