package io.ztunnel.sandbox.waypoint;

import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the process of a waypoint is told, whichever proxy it is. */
public final class WaypointArguments {
    @Option(names = "--gateway", required = true, description = "NAMESPACE/NAME")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String gateway;

    @Option(names = "--state", required = true, description = "folder with objects, root, tokens")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path state;

    @Option(names = "--xds", required = true, description = "HOST:PORT of the CA")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String controlPlane;

    @Option(names = "--pod", required = true)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String pod;

    @Option(names = "--service-account", required = true)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String serviceAccount;

    @Option(names = "--node", required = true)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String node;

    @Option(names = "--address", required = true, description = "IP of the pod")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String address;

    public String gateway() {
        return gateway;
    }

    public String pod() {
        return pod;
    }

    public String node() {
        return node;
    }

    public String address() {
        return address;
    }

    /** Whether {@link #namespace} and {@link #name} can be told. */
    public boolean areUsable() {
        int slash = gateway.indexOf('/');
        return slash > 0 && slash < gateway.length() - 1;
    }

    public String namespace() {
        return gateway.substring(0, gateway.indexOf('/'));
    }

    public String name() {
        return gateway.substring(gateway.indexOf('/') + 1);
    }

    Path objects() {
        return state.resolve("objects.yaml");
    }

    /**
     * Asks for a certificate of the pod's service account.
     *
     * @throws IOException when there is none to be had now; a later try may succeed
     */
    public MeshIdentity certificate() throws IOException {
        Path root = state.resolve("ca").resolve("root-cert.pem");
        Path token = state.resolve("tokens").resolve(serviceAccount + "." + namespace());
        for (Path file : new Path[] {root, token}) {
            if (!Files.isReadable(file)) {
                throw new IOException("waiting for " + file);
            }
        }
        return MeshIdentity.request(controlPlane, root, token);
    }
}
