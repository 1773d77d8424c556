package io.ztunnel.sandbox.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.ztunnel.sandbox.net.SandboxNames;
import io.ztunnel.sandbox.process.NamespaceProcesses;
import io.ztunnel.sandbox.process.ProcessIdentity;
import io.ztunnel.sandbox.supervisor.StateDirectory;
import io.ztunnel.sandbox.supervisor.TestMesh;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The command as users run it: a process for each call. */
class SandboxCommandTest {
    private static final String ID = "clit";
    private static final SandboxNames NAMES = new SandboxNames(ID);
    private static final StateDirectory STATE = StateDirectory.of(NAMES);

    @TempDir Path folder;
    private Path output = Path.of("/");

    private record Result(int status, String output) {}

    private Process start(Path ztunnel, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SandboxMain.class.getName()));
        command.addAll(List.of(arguments));
        output = Files.createTempFile(folder, "output", "");
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("ZTUNNEL_BIN", ztunnel.toString());
        builder.redirectErrorStream(true).redirectOutput(output.toFile());
        builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        return builder.start();
    }

    private Result run(Path ztunnel, String... arguments) throws Exception {
        Process process = start(ztunnel, arguments);
        assertThat(process.waitFor(100, TimeUnit.SECONDS)).as("ends in time").isTrue();
        return new Result(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        List<Path> spaces = NAMES.existing().stream().map(SandboxNames::path).toList();
        Result down = run(folder, "down", "--id", ID);
        assertThat(down.status()).as(down.output()).isZero();
        assertThat(NAMES.existing()).isEmpty();
        assertThat(NAMES.existingEtc()).isEmpty();
        assertThat(NamespaceProcesses.in(spaces)).isEmpty();
        assertThat(STATE.folder()).doesNotExist();
    }

    @Test
    void aSandboxComesUpServesCommandsAndIsCleanedUpEvenAfterACrash() throws Exception {
        TestMesh mesh = new TestMesh(ID, folder).write();
        String dir = mesh.manifests().toString();
        Result up = run(mesh.ztunnel(), "up", "--id", ID, dir);
        assertThat(up.status()).as(up.output()).isZero();
        assertThat(up.output()).contains("pod shop/server is on node2").contains("is up");

        assertThat(run(folder, "exec", "--id", ID, "client", "--", "sh", "-c", "exit 7").status())
                .isEqualTo(7);
        assertThat(run(folder, "exec", "--id", ID, "client.shop", "no-such-program").status())
                .isEqualTo(127);
        Result resolver = run(folder, "exec", "--id", ID, "client", "cat", "/etc/resolv.conf");
        assertThat(resolver.output())
                .contains("search shop.svc.cluster.local")
                .contains("nameserver 10.4.0.10");
        assertThat(run(folder, "status", "--id", ID, "-o", "yaml").output())
                .contains("networkNamespace: zt-clit-server.shop");
        assertThat(run(folder, "logs", "--id", ID, "node1").output()).contains("listens on 15021");
        assertThat(run(folder, "link", "--id", ID).output()).isEqualTo("zt-clit-node1 eth0\n");

        assertVerbs();

        Result synthesize =
                run(folder, "synthesize", "--id", ID, "--workloads", "12", "--updates", "1");
        assertThat(synthesize.status()).as(synthesize.output()).isZero();
        assertThat(STATE.synthetic())
                .content()
                .contains("\"workloads\":12")
                .contains("\"updates\":1");

        Result again = run(mesh.ztunnel(), "up", "--id", ID, dir);
        assertThat(again.status()).isEqualTo(1);
        assertThat(again.output()).contains("already up");

        long supervisor = ProcessIdentity.read(STATE.pidFile()).orElseThrow().pid();
        List<Path> spaces = NAMES.existing().stream().map(SandboxNames::path).toList();
        assertThat(NamespaceProcesses.in(spaces)).isNotEmpty();
        ProcessHandle.of(supervisor).orElseThrow().destroyForcibly();
        await().untilAsserted(() -> assertThat(NamespaceProcesses.in(spaces)).isEmpty());
        Result status = run(folder, "status", "--id", ID);
        assertThat(status.status()).isEqualTo(1);
        assertThat(status.output())
                .contains("is not up")
                .satisfies(text -> assertThat(text.lines()).hasSize(1));
    }

    /** The manifests are changed and the sandbox follows. */
    private void assertVerbs() throws Exception {
        Path yaml = Files.writeString(folder.resolve("api.txt"), "kind: [unclosed");
        assertThat(run(folder, "apply", "--id", ID, "-f", yaml.toString()))
                .satisfies(r -> assertThat(r.status()).isEqualTo(1))
                .satisfies(r -> assertThat(r.output()).contains("api.txt:2: not YAML"));
        Files.writeString(
                yaml,
                """
                apiVersion: v1
                kind: Service
                metadata: {name: api}
                spec: {selector: {app: server}, ports: [{port: 81, targetPort: 9080}]}
                """);
        assertThat(run(folder, "apply", "--id", ID, "-n", "shop", "-f", yaml.toString()).output())
                .isEqualTo("service/api created\n");
        assertThat(run(folder, "label", "--id", ID, "ns", "shop", "team=a").output())
                .isEqualTo("namespace/shop labeled\n");
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(
                        () ->
                                assertThat(get("service/api", "-n", "shop"))
                                        .contains("NAME  TYPE       CLUSTER-IP", "81/TCP"));
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(
                        () -> assertThat(get("ns", "shop", "-o", "yaml")).contains("team: a"));
        assertThat(run(folder, "delete", "--id", ID, "-n", "shop", "svc", "api").output())
                .isEqualTo("service \"api\" deleted\n");
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(
                        () -> assertThat(get("svc", "api", "-n", "shop")).contains("NotFound"));
    }

    private String get(String... words) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("get", "--id", ID));
        arguments.addAll(List.of(words));
        return run(folder, arguments.toArray(String[]::new)).output();
    }

    @Test
    void aTerminatedForegroundSandboxRemovesEverything() throws Exception {
        TestMesh mesh = new TestMesh(ID, folder).write();
        Process up =
                start(
                        mesh.ztunnel(),
                        "up",
                        "--foreground",
                        "--id",
                        ID,
                        mesh.manifests().toString());
        await().atMost(Duration.ofSeconds(60)).until(() -> NAMES.existing().size() > 3);

        up.destroy();

        assertThat(up.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(NAMES.existing()).isEmpty();
        assertThat(STATE.folder()).doesNotExist();
    }

    @Test
    void anUpThatIsInterruptedLeavesNothing() throws Exception {
        TestMesh mesh = new TestMesh(ID, folder).write();
        Process up = start(mesh.ztunnel(), "up", "--id", ID, mesh.manifests().toString());
        await().atMost(Duration.ofSeconds(60)).until(() -> !NAMES.existing().isEmpty());

        up.destroy();

        assertThat(up.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(NAMES.existing()).isEmpty();
        assertThat(STATE.folder()).doesNotExist();
    }

    @Test
    void whatCannotBeDoneIsOneLine() throws Exception {
        Result noZtunnel = run(folder.resolve("absent"), "up", "--id", ID, folder.toString());
        assertThat(noZtunnel.status()).isEqualTo(1);
        assertThat(noZtunnel.output())
                .satisfies(text -> assertThat(text.lines()).hasSize(1))
                .contains("no ztunnel at")
                .contains("absent");

        Result noFolder = run(folder, "up", "--id", ID, folder.resolve("none").toString());
        assertThat(noFolder.output())
                .satisfies(text -> assertThat(text.lines()).hasSize(1))
                .contains("no such folder of manifests");

        Result namespace = run(folder, "synthesize", "--id", ID, "--policies", "3");
        assertThat(namespace.status()).isEqualTo(1);
        assertThat(namespace.output())
                .satisfies(text -> assertThat(text.lines()).hasSize(1))
                .contains("--policy-namespace");

        Result badId = run(folder, "status", "--id", "../x");
        assertThat(badId.output())
                .satisfies(text -> assertThat(text.lines()).hasSize(1))
                .contains("'../x'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "label service reviews -n bookinfo --id none a=b",
                "label pod -l app=reviews,version=v1 -n bookinfo --id none a=b --overwrite",
                "annotate --id none service reviews a- -n bookinfo b=c",
                "get pods -n bookinfo --id none a b -o yaml",
                "delete gateway -n bookinfo --id none waypoint",
                "waypoint apply --id none -n bookinfo --name w --for all --enroll-namespace",
                "waypoint delete --id none w -n bookinfo",
                "waypoint list -A --id none",
            })
    void optionsMayStandAnywhereAsForKubectl(String line) throws Exception {
        Result result = run(folder, line.split(" ", -1));
        assertThat(result.output()).contains("sandbox 'none' is not up");
        assertThat(result.status()).isEqualTo(1);
    }
}
