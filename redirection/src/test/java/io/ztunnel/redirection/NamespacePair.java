package io.ztunnel.redirection;

import io.ztunnel.linux.NetworkNamespace;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A pod and its surroundings: two namespaces joined by a veth pair, with no way out. The pod is .2,
 * what is around it .1, and kubelet probes come from the address that the rules know.
 */
final class NamespacePair implements Closeable {
    static final String POD_4 = "10.77.0.2";
    static final String POD_6 = "fd77::2";
    static final String OUTSIDE_4 = "10.77.0.1";
    static final String OUTSIDE_6 = "fd77::1";
    static final String PROBE_4 = "169.254.7.127";
    static final String PROBE_6 = "fd16:9254:7127:1337:ffff:ffff:ffff:ffff";

    private static final AtomicInteger COUNT = new AtomicInteger();

    private final String prefix =
            "zt-red-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
    private final NetworkNamespace outside;
    private final NetworkNamespace pod;

    NamespacePair() throws IOException {
        boolean ready = false;
        try {
            run("", "ip", "netns", "add", name("out"));
            run("", "ip", "netns", "add", name("pod"));
            run(
                    """
                    link set lo up
                    link add eth0 type veth peer name eth0 netns %s
                    addr add %s/24 dev eth0
                    addr add %s/64 dev eth0 nodad
                    addr add %s/32 dev eth0
                    addr add %s/128 dev eth0 nodad
                    link set eth0 up
                    """
                            .formatted(name("pod"), OUTSIDE_4, OUTSIDE_6, PROBE_4, PROBE_6),
                    "ip",
                    "-n",
                    name("out"),
                    "-batch",
                    "-");
            run(
                    """
                    link set lo up
                    addr add %s/24 dev eth0
                    addr add %s/64 dev eth0 nodad
                    link set eth0 up
                    route add %s dev eth0
                    route add %s dev eth0
                    """
                            .formatted(POD_4, POD_6, PROBE_4, PROBE_6),
                    "ip",
                    "-n",
                    name("pod"),
                    "-batch",
                    "-");
            outside = NetworkNamespace.named(name("out"));
            pod = NetworkNamespace.named(name("pod"));
            ready = true;
        } finally {
            if (!ready) {
                delete();
            }
        }
    }

    NetworkNamespace outside() {
        return outside;
    }

    NetworkNamespace pod() {
        return pod;
    }

    /** Runs a program in the pod; what it printed. */
    String inPod(String... command) throws IOException {
        List<String> line = new ArrayList<>(List.of("ip", "netns", "exec", name("pod")));
        line.addAll(List.of(command));
        return run("", line.toArray(String[]::new));
    }

    @Override
    public void close() throws IOException {
        outside.close();
        pod.close();
        delete();
    }

    private String name(String role) {
        return prefix + "-" + role;
    }

    private void delete() throws IOException {
        for (String role : List.of("pod", "out")) {
            if (Files.exists(Path.of("/run/netns", name(role)))) {
                run("", "ip", "netns", "del", name(role));
            }
        }
    }

    private static String run(String input, String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (var stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(String.join(" ", command) + ": " + output);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        } finally {
            process.destroyForcibly();
        }
        return output;
    }
}
