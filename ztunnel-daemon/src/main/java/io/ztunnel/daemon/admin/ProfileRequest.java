package io.ztunnel.daemon.admin;

/**
 * What a CPU profile is to be like.
 *
 * @param seconds how long, 1 to 300
 * @param frequency samples per second of CPU time, 1 to 1000
 */
record ProfileRequest(int seconds, int frequency) {
    private static final int MAX_SECONDS = 300;
    private static final int MAX_FREQUENCY = 1000;

    /**
     * @throws IllegalArgumentException with the line that the client is to see
     */
    static ProfileRequest of(HttpQuery query) {
        return new ProfileRequest(
                parameter(query, "seconds", 10, MAX_SECONDS),
                parameter(query, "frequency", 100, MAX_FREQUENCY));
    }

    private static int parameter(HttpQuery query, String name, int unset, int max) {
        String text = query.parameters().get(name);
        if (text == null) {
            return unset;
        }
        if (text.matches("[0-9]{1,4}")) {
            int value = Integer.parseInt(text);
            if (value >= 1 && value <= max) {
                return value;
            }
        }
        throw new IllegalArgumentException("invalid " + name + " value; expected 1-" + max + "\n");
    }
}
