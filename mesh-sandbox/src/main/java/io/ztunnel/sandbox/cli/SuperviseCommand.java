package io.ztunnel.sandbox.cli;

import io.ztunnel.sandbox.net.SandboxNames;
import io.ztunnel.sandbox.supervisor.ControlClient;
import io.ztunnel.sandbox.supervisor.ControlServer;
import io.ztunnel.sandbox.supervisor.EventLog;
import io.ztunnel.sandbox.supervisor.Preconditions;
import io.ztunnel.sandbox.supervisor.SandboxOptions;
import io.ztunnel.sandbox.supervisor.StateDirectory;
import io.ztunnel.sandbox.supervisor.Supervisor;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.ZoneId;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;

/** The supervisor itself; {@code up} starts it. */
@Command(name = "supervise", hidden = true)
final class SuperviseCommand implements Callable<Integer> {
    @Mixin private SandboxChoice choice = new SandboxChoice();
    @Mixin private UpOptions up = new UpOptions();

    @Override
    public Integer call() throws Exception {
        SandboxOptions options = up.read(choice.names());
        Preconditions.check(options);
        return supervise(options, false);
    }

    /** Returns when the sandbox has been taken down. */
    static int supervise(SandboxOptions options, boolean sayWhenReady)
            throws IOException, InterruptedException {
        StateDirectory state = StateDirectory.of(new SandboxNames(options.id()));
        state.create();
        try (FileChannel file =
                        FileChannel.open(
                                state.lock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                @Nullable FileLock lock = file.tryLock()) {
            if (lock == null) {
                throw new IOException("sandbox '" + options.id() + "' is already up");
            }
            run(options, state, sayWhenReady);
        }
        return 0;
    }

    private static void run(SandboxOptions options, StateDirectory state, boolean sayWhenReady)
            throws IOException, InterruptedException {
        EventLog log = new EventLog(System.out, Clock.system(ZoneId.systemDefault()));
        CountDownLatch down = new CountDownLatch(1);
        Supervisor supervisor = Supervisor.start(options, log);
        Runnable takeDown =
                () -> {
                    supervisor.close();
                    down.countDown();
                };
        try (supervisor;
                ControlServer _ =
                        ControlServer.listen(state.controlSocket(), supervisor, log, takeDown)) {
            if (sayWhenReady) {
                Thread.ofVirtual().start(() -> sayWhenReady(state));
            }
            down.await();
        }
    }

    private static void sayWhenReady(StateDirectory state) {
        try {
            new ControlClient(state.controlSocket()).awaitReady(line -> {});
            System.out.println("everything is ready; Ctrl-C takes it down");
        } catch (IOException failed) {
            System.out.println("ztunnel-sandbox: " + failed.getMessage());
        }
    }
}
