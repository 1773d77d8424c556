package io.ztunnel.sandbox.supervisor;

import io.ztunnel.sandbox.manifest.ObjectKey;
import io.ztunnel.sandbox.net.SandboxNames;
import io.ztunnel.sandbox.synthetic.SyntheticMesh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The files of one sandbox while it is up. Nothing here outlives {@code down}; it holds keys and
 * tokens, so only its owner may look inside.
 *
 * @param folder {@code /run/ztunnel-sandbox/ID}
 */
public record StateDirectory(Path folder) {
    private static final Path BASE = Path.of("/run/ztunnel-sandbox");

    public static StateDirectory of(SandboxNames names) {
        return new StateDirectory(BASE.resolve(names.id()));
    }

    /** The ids of sandboxes that are up, or that crashed and were not cleaned up. */
    public static List<String> existing() throws IOException {
        if (!Files.isDirectory(BASE)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(BASE)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        }
    }

    /** Makes it, empty but for the supervisor's own files: what a crashed one left is stale. */
    void createAnew() throws IOException {
        create();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                if (!file.equals(lock()) && !file.equals(supervisorLog())) {
                    deleteTree(file);
                }
            }
        }
        create();
    }

    /** Makes it unless it is there. */
    public void create() throws IOException {
        var ownerOnly =
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        Files.createDirectories(BASE);
        if (!Files.isDirectory(folder)) {
            Files.createDirectory(folder, ownerOnly);
        }
        for (Path inner : List.of(logs(), tokens(), authority())) {
            if (!Files.isDirectory(inner)) {
                Files.createDirectory(inner, ownerOnly);
            }
        }
    }

    /** The supervisor's {@link io.ztunnel.sandbox.process.ProcessIdentity}. */
    public Path pidFile() {
        return folder.resolve("supervisor.pid");
    }

    /** Held while a supervisor runs. */
    public Path lock() {
        return folder.resolve("lock");
    }

    /** Where the supervisor takes requests. */
    public Path controlSocket() {
        return folder.resolve("control.sock");
    }

    public Path supervisorLog() {
        return folder.resolve("supervisor.log");
    }

    /** Every object of the cluster after defaulting, as YAML; replaced as a whole. */
    public Path objects() {
        return folder.resolve("objects.yaml");
    }

    /** What the control plane adds to the objects; see {@link SyntheticMesh}. */
    public Path synthetic() {
        return folder.resolve(SyntheticMesh.FILE);
    }

    public Path logs() {
        return folder.resolve("logs");
    }

    /** What a node's ztunnel or a pod's program has printed. */
    public Path log(String name) {
        return logs().resolve(name + ".log");
    }

    /** Where the node agent of a node listens for its ztunnel. */
    public Path agentSocket(String node) {
        return folder.resolve(node + "-zds.sock");
    }

    /** Written by the CA; its certificate is what everyone trusts. */
    public Path authority() {
        return folder.resolve("ca");
    }

    public Path rootCertificate() {
        return authority().resolve("root-cert.pem");
    }

    /** Written by the CA: one file for each node's ztunnel and for each waypoint. */
    public Path tokens() {
        return folder.resolve("tokens");
    }

    public Path nodeToken(String node) {
        return tokens().resolve(node);
    }

    /** The token of a waypoint's service account; holds a dot, as no node's name does. */
    public Path serviceAccountToken(String namespace, String serviceAccount) {
        return tokens().resolve(serviceAccount + "." + namespace);
    }

    /** For what a pod's program writes; made by the program, removed with the pod. */
    Path podFiles(ObjectKey pod) {
        return folder.resolve("pods").resolve(pod.namespace() + "." + pod.name());
    }

    void deletePodFiles(ObjectKey pod) throws IOException {
        deleteTree(podFiles(pod));
    }

    /** Replaces a file such that a reader sees the old content or the new. */
    static void replace(Path file, String content) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.writeString(next, content);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Removes everything, and the folder of all sandboxes after the last one. */
    public void delete() throws IOException {
        deleteTree(folder);
        if (Files.isDirectory(BASE)) {
            try (Stream<Path> others = Files.list(BASE)) {
                if (others.findAny().isPresent()) {
                    return;
                }
            }
            Files.deleteIfExists(BASE);
        }
    }

    private static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
