package io.ztunnel.sandbox.waypoint.request;

import java.util.regex.Pattern;

/**
 * A regular expression that a client's text cannot keep busy: Envoy's RE2 takes linear time,
 * java.util.regex may not, so that it gets a number of steps. A text that needs more does not
 * match.
 */
public final class BoundedRegex {
    private static final int STEPS = 200_000;

    private final Pattern pattern;

    /**
     * @throws java.util.regex.PatternSyntaxException for what is none
     */
    public BoundedRegex(String regex) {
        this.pattern = Pattern.compile(regex);
    }

    /** Whether the whole text matches. */
    public boolean matches(String text) {
        try {
            return pattern.matcher(new Counted(text, 0, text.length(), new int[] {STEPS}))
                    .matches();
        } catch (OutOfSteps | StackOverflowError e) {
            return false;
        }
    }

    public String text() {
        return pattern.pattern();
    }

    private static final class OutOfSteps extends RuntimeException {
        private static final long serialVersionUID = 1L;

        OutOfSteps() {
            super(null, null, false, false);
        }
    }

    /** The matcher looks at the text through this only. */
    private record Counted(String text, int start, int end, int[] left) implements CharSequence {
        @Override
        public int length() {
            return end - start;
        }

        @Override
        public char charAt(int index) {
            if (left[0]-- == 0) {
                throw new OutOfSteps();
            }
            return text.charAt(start + index);
        }

        @Override
        public CharSequence subSequence(int from, int to) {
            return new Counted(text, start + from, start + to, left);
        }

        @Override
        public String toString() {
            return text.substring(start, end);
        }
    }
}
