package io.ztunnel.daemon.cli;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;

/** The options that all of {@code ztunnel config} have: where the dump is, and what to print. */
final class DumpOptions {
    private static final String DEFAULT_ADMIN = "localhost:15000";

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    CommandSpec spec;

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "read a dump from a file, or from standard input with -")
    @Nullable String file;

    @Option(
            names = "--admin",
            paramLabel = "HOST:PORT",
            description = "admin address of a running ztunnel (default: " + DEFAULT_ADMIN + ")")
    @Nullable String admin;

    @Option(
            names = "--proxy-admin-port",
            paramLabel = "PORT",
            description = "admin port of a running ztunnel on this host")
    @Nullable Integer port;

    @Option(
            names = "--node",
            paramLabel = "NODE",
            description = "fail unless the ztunnel is that of this node")
    @Nullable String node;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "short",
            converter = OutputFormat.Converter.class,
            description = "one of json, yaml, short (default: short)")
    @SuppressWarnings("NullAway.Init") // set by picocli
    OutputFormat format;

    /** Reads what the view needs and prints it. */
    void print(View view) throws IOException {
        PrintWriter out = out();
        switch (format) {
            case SHORT -> view.table(read(view.sections())).writeTo(out);
            case JSON -> JsonText.write(view.entries(read(view.entrySections())), out);
            case YAML -> YamlText.write(view.entries(read(view.entrySections())), out);
        }
    }

    /** Copies the whole dump in some form. */
    @FunctionalInterface
    interface Copy {
        void copy(InputStream in, Writer out) throws IOException;
    }

    void whole(Copy copy) throws IOException {
        from(
                in -> {
                    copy.copy(in, out());
                    return 0;
                });
    }

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    /**
     * @throws DumpException names the source and what is wrong with it
     */
    Dump read(Collection<Section> sections) throws IOException {
        Set<Section> wanted = EnumSet.noneOf(Section.class);
        wanted.addAll(sections);
        if (node != null) {
            wanted.add(Section.CONFIG);
        }
        Dump dump = from(in -> Dump.read(in, wanted));
        if (node != null && !node.equalsIgnoreCase(dump.node())) {
            throw new DumpException(
                    "--node " + node + ": this is the ztunnel of node '" + dump.node() + "'");
        }
        if (!dump.isRecognized()) {
            spec.commandLine()
                    .getErr()
                    .println(
                            "ztunnel: warning: "
                                    + source()
                                    + " has nothing that a ztunnel dumps; is it another proxy's?");
        }
        return dump;
    }

    /** Reads from a stream. */
    @FunctionalInterface
    interface Reading<T> {
        T from(InputStream in) throws IOException;
    }

    /** Opens the dump, and names it in what goes wrong. */
    <T> T from(Reading<T> reading) throws IOException {
        try (InputStream in = open()) {
            try {
                return reading.from(in);
            } catch (DumpException e) {
                throw new DumpException(source() + ": " + e.getMessage(), e);
            }
        } catch (DumpException e) {
            throw e;
        } catch (NoSuchFileException e) {
            throw new DumpException("there is no file " + source(), e);
        } catch (AccessDeniedException e) {
            throw new DumpException("may not read " + source(), e);
        } catch (IOException e) {
            throw new DumpException("cannot read " + source() + ": " + e.getMessage(), e);
        }
    }

    private InputStream open() throws IOException {
        int sources = (file == null ? 0 : 1) + (admin == null ? 0 : 1) + (port == null ? 0 : 1);
        if (sources > 1) {
            throw new ParameterException(
                    spec.commandLine(),
                    "at most one of --file, --admin and --proxy-admin-port may be given");
        }
        if (file == null) {
            return AdminClient.configDump(address());
        }
        return file.equals("-") ? System.in : Files.newInputStream(Path.of(file));
    }

    private String address() {
        return port != null ? "localhost:" + port : admin != null ? admin : DEFAULT_ADMIN;
    }

    private String source() {
        return file == null ? address() : file.equals("-") ? "standard input" : file;
    }
}
