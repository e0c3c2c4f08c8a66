import Application

print("orderlog")
