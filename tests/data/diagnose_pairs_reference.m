function diagnose_pairs_reference(folder, k)
  % Nearest-neighbour statistics of PAIRS and ePAIRS as plain loops, written from the papers.
  % Reads vectors.txt (points x dims) and draws.txt (draws stacked below one another); prints the
  % observed value and one value per draw: median mean angle, then mean cosine distance.
  vectors = load(fullfile(folder, 'vectors.txt'));
  draws = load(fullfile(folder, 'draws.txt'));
  [points, dims] = size(vectors);
  root = sqrtm(vectors' * vectors / points);
  angles = median(nearest(vectors, k, true));
  distances = mean(nearest(vectors, k, false));
  for first = 1:points:rows(draws)
    sample = draws(first:first + points - 1, :);
    angles(end + 1) = median(nearest(sample, k, true));
    distances(end + 1) = mean(nearest(sample * root, k, false));
  end
  printf('%.17g ', angles); printf('\n');
  printf('%.17g ', distances); printf('\n');
end

function means = nearest(vectors, k, as_angle)
  points = rows(vectors);
  means = zeros(points, 1);
  for i = 1:points
    found = [];
    for j = [1:i - 1, i + 1:points]
      cosine = dot(vectors(i, :), vectors(j, :)) / (norm(vectors(i, :)) * norm(vectors(j, :)));
      if as_angle
        found(end + 1) = acos(max(-1, min(1, cosine)));
      else
        found(end + 1) = 1 - cosine;
      end
    end
    found = sort(found);
    means(i) = mean(found(1:k));
  end
end
