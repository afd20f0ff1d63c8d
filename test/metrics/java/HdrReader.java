import java.io.File;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Scanner;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;

/**
 * What HdrHistogram's own implementation makes of our output: of one histogram per line of standard
 * input (base64), or of the interval log named. One line of numbers each.
 */
public class HdrReader {
  public static void main(String[] arguments) throws Exception {
    if (arguments.length == 0) {
      Scanner lines = new Scanner(System.in);
      while (lines.hasNextLine()) {
        byte[] bytes = Base64.getDecoder().decode(lines.nextLine());
        print(Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(bytes), 0));
      }
      return;
    }
    HistogramLogReader log = new HistogramLogReader(new File(arguments[0]));
    while (log.hasNext()) {
      EncodableHistogram interval = log.nextIntervalHistogram();
      System.out.print(interval.getTag() + " " + interval.getStartTimeStamp() + " " + interval.getEndTimeStamp() + " ");
      print((Histogram) interval);
    }
  }

  private static void print(Histogram histogram) {
    StringBuilder line = new StringBuilder();
    line.append(histogram.getTotalCount()).append(' ').append(histogram.getMaxValue());
    for (double percentile : new double[] {50, 90, 95, 99, 99.9, 99.99}) {
      line.append(' ').append(histogram.getValueAtPercentile(percentile));
    }
    System.out.println(line);
  }
}
