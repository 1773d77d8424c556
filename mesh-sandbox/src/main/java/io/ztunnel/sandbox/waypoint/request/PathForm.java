package io.ztunnel.sandbox.waypoint.request;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The normal form of a path, as Istio's default {@code pathNormalization: BASE} has it: RFC 3986
 * §6.2.2 without touching escaped or repeated slashes, and a backslash is a slash.
 */
final class PathForm {
    private static final String UNRESERVED = "-._~";

    private PathForm() {}

    /**
     * @throws BadRequestException for what does not begin with a slash, or leads above the root
     */
    static String normal(String path) throws BadRequestException {
        if (path.equals("*")) {
            return path;
        }
        String plain = decodeUnreserved(path.replace('\\', '/'));
        if (!plain.startsWith("/")) {
            throw new BadRequestException("the target is no path");
        }
        return plain.contains("/.") ? withoutDots(plain) : plain;
    }

    private static String decodeUnreserved(String path) {
        if (path.indexOf('%') < 0) {
            return path;
        }
        StringBuilder plain = new StringBuilder(path.length());
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            int code = c == '%' && i + 2 < path.length() ? hex(path, i + 1) : -1;
            if (code >= 0 && isUnreserved((char) code)) {
                plain.append((char) code);
                i += 2;
            } else {
                plain.append(c);
            }
        }
        return plain.toString();
    }

    private static int hex(String path, int at) {
        int high = Character.digit(path.charAt(at), 16);
        int low = Character.digit(path.charAt(at + 1), 16);
        return high < 0 || low < 0 ? -1 : high * 16 + low;
    }

    private static boolean isUnreserved(char c) {
        return c < 128 && (Character.isLetterOrDigit(c) || UNRESERVED.indexOf(c) >= 0);
    }

    private static String withoutDots(String path) throws BadRequestException {
        Deque<String> kept = new ArrayDeque<>();
        String[] segments = path.substring(1).split("/", -1);
        for (int i = 0; i < segments.length; i++) {
            boolean last = i == segments.length - 1;
            switch (segments[i]) {
                case "." -> {
                    if (last) {
                        kept.addLast("");
                    }
                }
                case ".." -> {
                    if (kept.pollLast() == null) {
                        throw new BadRequestException("the path leads above the root");
                    }
                    if (last) {
                        kept.addLast("");
                    }
                }
                default -> kept.addLast(segments[i]);
            }
        }
        return "/" + String.join("/", kept);
    }
}
