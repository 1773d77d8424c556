package io.ztunnel.bench.workload;

import io.ztunnel.bench.load.Connections;
import io.ztunnel.bench.load.Loops;
import io.ztunnel.bench.mesh.BenchMesh;
import io.ztunnel.bench.mesh.Iperf;
import io.ztunnel.bench.mesh.Place;
import io.ztunnel.bench.mesh.Running;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** A candidate's mesh with the servers that the workloads talk to. */
public final class Stage implements AutoCloseable {
    static final int ECHO = 9000;
    static final int SHORT = 9001;

    private final BenchMesh mesh;
    private final Loops loops;
    private final Connections.Sources sources = new Connections.Sources();
    private final List<Running> servers = new ArrayList<>();

    /**
     * @param mesh closed with this
     */
    public Stage(BenchMesh mesh, Loops loops) throws IOException {
        this.mesh = mesh;
        this.loops = loops;
        for (Place pod : List.of(server(), outsideServer())) {
            servers.add(Iperf.server(pod));
            servers.add(loops.echo(pod, ECHO));
            servers.add(loops.echoAndClose(pod, SHORT, Connections.BYTES));
        }
    }

    BenchMesh mesh() {
        return mesh;
    }

    Loops loops() {
        return loops;
    }

    /** Source addresses of the client's that no tunnel has been opened for yet. */
    Connections.Sources sources() {
        return sources;
    }

    public String name() {
        return mesh.candidate().name();
    }

    Place client() {
        return mesh.place("client.bench");
    }

    Place quiet() {
        return mesh.place("quiet.bench");
    }

    Place server() {
        return mesh.place("server.bench");
    }

    Place outsideClient() {
        return mesh.place("client.outside");
    }

    Place outsideServer() {
        return mesh.place("server.outside");
    }

    /** Starts every ztunnel anew, one after the other. */
    public void restartAll() throws IOException {
        for (String node : List.copyOf(mesh.ztunnels().keySet())) {
            mesh.restart(node);
        }
    }

    /** The processes of the ztunnels. */
    public Collection<Long> ztunnels() throws IOException {
        return mesh.ztunnels().values();
    }

    @Override
    public void close() {
        for (Running server : servers) {
            server.close();
        }
        mesh.close();
    }
}
