package io.ztunnel.sandbox.net;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The names one sandbox gives to its network namespaces. Every one starts with {@code zt-ID-}; an
 * id holds no dash, so the names of one sandbox are never a prefix of another's, and a pod's name
 * holds a dot, so it is never a node's.
 *
 * @param id 1 to 8 characters of {@code [a-z0-9]}
 */
public record SandboxNames(String id) {
    private static final Pattern ID = Pattern.compile("[a-z0-9]{1,8}");
    private static final Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]*[a-z0-9])?");
    private static final Pattern POD = Pattern.compile("[a-z0-9]([a-z0-9.-]*[a-z0-9])?");
    private static final Path NETNS = Path.of("/run/netns");
    private static final Path ETC_NETNS = Path.of("/etc/netns");

    /** A device name has at most 15 characters (IFNAMSIZ), and a node's link is named after it. */
    private static final int NODE_LENGTH = 15;

    /** The kernel's limit on a file name, which a namespace's name is. */
    private static final int NAME_LENGTH = 255;

    public SandboxNames {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException(
                    "sandbox id '" + id + "' must be 1 to 8 lower-case letters or digits");
        }
    }

    public String prefix() {
        return "zt-" + id + "-";
    }

    /** The namespace every node is linked to. */
    public String root() {
        return prefix() + "root";
    }

    public String node(String node) {
        if (!LABEL.matcher(node).matches() || node.length() > NODE_LENGTH || node.equals("root")) {
            throw new IllegalArgumentException(
                    "node name '"
                            + node
                            + "' must be at most "
                            + NODE_LENGTH
                            + " characters of [a-z0-9-] and not 'root'");
        }
        return prefix() + node;
    }

    public String pod(String namespace, String pod) {
        String name = prefix() + pod + "." + namespace;
        if (!POD.matcher(pod).matches()
                || !LABEL.matcher(namespace).matches()
                || name.length() > NAME_LENGTH) {
            throw new IllegalArgumentException(
                    "pod '"
                            + namespace
                            + "/"
                            + pod
                            + "' has no usable name: DNS labels of together at most 240 characters"
                            + " are expected");
        }
        return name;
    }

    /** Where a namespace of that name is mounted. */
    public static Path path(String name) {
        return NETNS.resolve(name);
    }

    /** What {@code ip netns exec} shows below {@code /etc} to processes in that namespace. */
    public static Path etc(String name) {
        return ETC_NETNS.resolve(name);
    }

    /** The namespaces of this sandbox that exist now, in no order. */
    public List<String> existing() throws IOException {
        return entries(NETNS);
    }

    /** The folders of this sandbox below {@code /etc/netns} that exist now. */
    public List<String> existingEtc() throws IOException {
        return entries(ETC_NETNS);
    }

    private List<String> entries(Path folder) throws IOException {
        List<String> found = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return found;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, prefix() + "*")) {
            for (Path entry : entries) {
                found.add(entry.getFileName().toString());
            }
        }
        return found;
    }
}
