package io.ztunnel.sandbox.supervisor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * Manifests and programs of a mesh without Istio: a control plane that only writes the files the
 * sandbox waits for, a ztunnel that only is ready, and one server.
 *
 * @param folder where manifests and the ztunnel are written
 */
public record TestMesh(String id, Path folder) {
    public Path manifests() {
        return folder.resolve("manifests");
    }

    public Path ztunnel() {
        return folder.resolve("ztunnel");
    }

    public TestMesh write() throws IOException {
        Files.createDirectories(manifests());
        String java =
                Path.of(System.getProperty("java.home"), "bin", "java")
                        + " -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -cp "
                        + System.getProperty("java.class.path")
                        + " "
                        + HttpStub.class.getName();
        Files.writeString(ztunnel(), "#!/bin/sh\nexec " + java + " 15021\n");
        Files.setPosixFilePermissions(ztunnel(), PosixFilePermissions.fromString("rwxr-xr-x"));
        put("istiod", pod("istio-system", "istiod", "istiod", "node1", credentials(), ""));
        put("server", pod("shop", "server", "server", "node2", "exec " + java + " 9080", "9080"));
        put("client", pod("shop", "client", "client", "node1", "exec sleep 600", ""));
        put(
                "service",
                """
                apiVersion: v1
                kind: Service
                metadata: {name: server, namespace: shop}
                spec:
                  clusterIPs: [10.4.7.7, "fd00:10:4::77"]
                  ipFamilyPolicy: PreferDualStack
                  selector: {app: server}
                  ports: [{port: 80, targetPort: 9080}]
                """);
        return this;
    }

    private String credentials() {
        String state = "/run/ztunnel-sandbox/" + id;
        return "cd %s; for n in node1 node2; do echo t > tokens/$n; done; echo c > ca/root-cert.pem;"
                        .formatted(state)
                + " exec sleep 600";
    }

    /** Replaces a file as an editor would. */
    public void put(String name, String yaml) throws IOException {
        StateDirectory.replace(manifests().resolve(name + ".yaml"), yaml);
    }

    public void namespace(String name, String labels) throws IOException {
        put(
                "namespace-" + name,
                "apiVersion: v1\nkind: Namespace\nmetadata: {name: %s, labels: {%s}}\n"
                        .formatted(name, labels));
    }

    static String pod(
            String namespace, String name, String app, String node, String script, String port) {
        return """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s, namespace: %s, labels: {app: %s}}
        spec:
          nodeName: %s
          containers:
          - name: main
            image: sandbox/host
            command: ["sh", "-c", "%s"]
            ports: [%s]
        """
                .formatted(
                        name,
                        namespace,
                        app,
                        node,
                        script,
                        port.isEmpty() ? "" : "{containerPort: " + port + "}");
    }

    SandboxOptions options() {
        return new SandboxOptions(
                id,
                manifests(),
                2,
                List.of(
                        io.ztunnel.sandbox.cluster.IpFamily.IPV4,
                        io.ztunnel.sandbox.cluster.IpFamily.IPV6),
                ztunnel(),
                new WaypointProxy.Embedded(),
                false);
    }
}
