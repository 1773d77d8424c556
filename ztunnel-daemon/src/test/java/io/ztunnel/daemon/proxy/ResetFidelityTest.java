package io.ztunnel.daemon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;

/** A reset between the applications is a reset at the other one, or the end of data: a setting. */
class ResetFidelityTest {
    private final TestMesh mesh = new TestMesh();
    private ServerSocket listener;

    @BeforeEach
    void listen() throws IOException {
        listener = new ServerSocket(0, 10, InetAddress.ofLiteral(TestMesh.SERVER_IP));
    }

    @AfterEach
    void stop() throws Exception {
        mesh.close();
        listener.close();
    }

    /** The two applications' ends of one connection. */
    private record Ends(Socket client, Socket server) {}

    private TestPod server(TestPod.Options options) throws Exception {
        return mesh.pod("server", TestMesh.SERVER_IP, options);
    }

    private Ends tunnelled(TestPod.Options options) throws Exception {
        TestPod server = server(options);
        TestPod client = mesh.pod("client", TestMesh.CLIENT_IP, options.tunnelsTo(server));
        return through(client.dial((InetSocketAddress) listener.getLocalSocketAddress()));
    }

    private Ends plain(TestPod.Options options) throws Exception {
        return through(server(options).plain((InetSocketAddress) listener.getLocalSocketAddress()));
    }

    private Ends through(Socket client) throws IOException {
        Socket app = listener.accept();
        app.setSoTimeout(10_000);
        client.getOutputStream().write(1);
        assertThat(app.getInputStream().read()).isEqualTo(1);
        app.getOutputStream().write(2);
        assertThat(client.getInputStream().read()).isEqualTo(2);
        return new Ends(client, app);
    }

    private static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    private static boolean isReset(Socket socket) throws IOException {
        try {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
            return false;
        } catch (SocketException e) {
            assertThat(e).hasMessageContaining("reset");
            return true;
        } finally {
            socket.close();
        }
    }

    @Test
    void aResetOfTheClientReachesTheServerThroughTheTunnel() throws Exception {
        Ends ends = tunnelled(TestPod.Options.DEFAULTS.faithfulResets());
        reset(ends.client());
        assertThat(isReset(ends.server())).isTrue();
    }

    @Test
    void aResetOfTheServerReachesTheClientThroughTheTunnel() throws Exception {
        Ends ends = tunnelled(TestPod.Options.DEFAULTS.faithfulResets());
        reset(ends.server());
        assertThat(isReset(ends.client())).isTrue();
    }

    @Test
    void resetsOfPlainConnectionsReachTheOtherSideToo() throws Exception {
        TestPod.Options faithful = TestPod.Options.DEFAULTS.faithfulResets();
        Ends first = plain(faithful);
        reset(first.client());
        assertThat(isReset(first.server())).isTrue();
    }

    @Test
    void anOrderlyEndStaysOne() throws Exception {
        Ends ends = tunnelled(TestPod.Options.DEFAULTS.faithfulResets());
        ends.client().shutdownOutput();
        assertThat(ends.server().getInputStream().read()).isEqualTo(-1);
        ends.server().getOutputStream().write(3);
        assertThat(ends.client().getInputStream().read()).isEqualTo(3);
        ends.server().close();
        assertThat(isReset(ends.client())).isFalse();
    }

    @Test
    void withoutTheSettingAResetIsTheEndOfData() throws Exception {
        Ends ends = tunnelled(TestPod.Options.DEFAULTS);
        reset(ends.client());
        assertThat(isReset(ends.server())).isFalse();
    }
}
