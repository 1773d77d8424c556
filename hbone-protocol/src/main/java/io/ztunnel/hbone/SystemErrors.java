package io.ztunnel.hbone;

import java.net.NoRouteToHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the operating system's errors are called in logs: as the reference ztunnel writes them. */
public final class SystemErrors {
    /** Netty: the system call, the number, the reason, and of connects the address. */
    private static final Pattern NATIVE =
            Pattern.compile("\\S+\\(\\.\\.\\) failed with error\\(-(\\d+)\\): ([^:]+)(?:: .*)?");

    private SystemErrors() {}

    /** The reason with its number where the system gave one, without the name of the call. */
    public static String text(Throwable cause) {
        String message = cause.getMessage();
        if (cause instanceof NoRouteToHostException) {
            // Netty's for EHOSTUNREACH and ENETUNREACH, and it does not say which.
            return "No route to host";
        }
        if (message == null) {
            return cause.getClass().getSimpleName();
        }
        Matcher parts = NATIVE.matcher(message);
        return parts.matches()
                ? parts.group(2).strip() + " (os error " + parts.group(1) + ")"
                : message;
    }
}
